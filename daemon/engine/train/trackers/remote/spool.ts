// What a tracker is to be sent: a file of lines in the output directory, and how far they have been sent. A tracker that is
// down loses nothing by it: the lines wait, and whoever comes later goes on where the last one was.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../../run-directory/files.ts';
import { AppendFile } from '../append-file.ts';

const metrics = z.record(z.string(), z.number());

export const spoolLine = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('begin'),
    time: z.number(),
    name: z.string(),
    recipeFile: z.string(),
    /** Goes on behind this step. */
    startStep: z.number().int(),
    parameters: z.record(z.string(), z.unknown()),
  }),
  z.object({ type: z.literal('log'), time: z.number(), step: z.number().int(), metrics }),
  z.object({ type: z.literal('end'), time: z.number(), state: z.enum(['done', 'stopped', 'failed']) }),
]);
export type SpoolLine = z.infer<typeof spoolLine>;

const spoolState = z.object({
  /** Where the lines go, without a password. */
  destination: z.string(),
  /** The tracker's id of the run; null before it is made. */
  run: z.string().nullable(),
  /** Bytes of the lines that have been sent. */
  sent: z.number().int(),
});
export type SpoolState = z.infer<typeof spoolState>;

export interface SpoolFiles {
  readonly lines: string;
  readonly state: string;
}

/** Folder of the output directory in which the spools lie. */
const FOLDER = 'trackers';

export const spoolFiles = (outputDir: string, tracker: string): SpoolFiles => ({
  lines: join(outputDir, FOLDER, `${tracker}.jsonl`),
  state: join(outputDir, FOLDER, `${tracker}.json`),
});

/** Opens the file of lines: anew, or behind the last whole one. */
export async function openSpool(
  outputDir: string,
  files: SpoolFiles,
  destination: string,
  goesOn: boolean,
): Promise<AppendFile> {
  await mkdir(join(outputDir, FOLDER), { recursive: true });
  if (goesOn && existsSync(files.lines))
    return new AppendFile(files.lines, (await readFile(files.lines)).lastIndexOf(NEWLINE) + 1);
  await writeState(files, { destination, run: null, sent: 0 });
  return new AppendFile(files.lines);
}

const NEWLINE = 10;

/** Undefined where there is none, or none that can be read. */
export function savedState({ state }: SpoolFiles): SpoolState | undefined {
  try {
    return spoolState.parse(JSON.parse(readFileSync(state, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Nothing has been sent where there is no state, or one of another destination. */
export function readState(files: SpoolFiles, destination: string): SpoolState {
  const found = savedState(files);
  return found?.destination === destination ? found : { destination, run: null, sent: 0 };
}

export const writeState = ({ state }: SpoolFiles, value: SpoolState): Promise<void> =>
  writeWhole(state, `${JSON.stringify(value)}\n`);

/** Bytes read at once. */
const CHUNK = 64 * 1024;

/** Whole lines from an offset on, some of them, and the offset behind them. */
export async function readSpool({ lines }: SpoolFiles, offset: number): Promise<{ lines: SpoolLine[]; next: number }> {
  const file = await open(lines, 'r');
  try {
    for (let length = CHUNK; ; length *= 2) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, offset);
      const end = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE) + 1;
      // one line may be longer than a chunk
      if (end === 0 && bytesRead === length) continue;
      const texts = buffer.toString('utf8', 0, end).split('\n').filter(Boolean);
      return { lines: texts.map((text) => spoolLine.parse(JSON.parse(text))), next: offset + end };
    }
  } finally {
    await file.close();
  }
}

/** Bytes that wait to be sent. */
export const waitingBytes = ({ lines }: SpoolFiles, sent: number): number =>
  existsSync(lines) ? Math.max(0, statSync(lines).size - sent) : 0;
