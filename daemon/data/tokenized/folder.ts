// tokenized_path: examples in the layout of the datasets library's save_to_disk, a folder a split, so that what either program
// saved the other one reads.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import { lengthOfExample, type StageExamples } from '../example.ts';
import { noExamples, type ExampleSet } from '../example-set.ts';
import type { Stage } from '../options.ts';
import { openArrow } from '../source/columns/arrow.ts';
import type { ColumnFile } from '../source/columns/column-file.ts';
import { exampleOf, savedRow } from './columns.ts';
import { encodeExamples, featuresOf } from './write.ts';

export interface SavedExamples<S extends Stage> {
  readonly train: ExampleSet<StageExamples[S]>;
  readonly evaluation: ExampleSet<StageExamples[S]>;
}

/** Examples in one file. */
const IN_A_FILE = 4096;

/** Whether a folder has something to read: as upstream, anything at all. */
export const holdsExamples = (folder: string): boolean => existsSync(folder) && readdirSync(folder).length > 0;

const dictSchema = z.object({ splits: z.array(z.string()) });
const stateSchema = z.object({ _data_files: z.array(z.object({ filename: z.string() })) });

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new UserError(
      'tokenized-path-broken',
      `${path} cannot be read (${(cause as Error).message.split('\n')[0]}): tokenized_path must be a folder that preprocessed data were saved to, or one that does not exist yet.`,
      { cause },
    );
  }
}

/** Opens what is kept in a folder. Throws UserError where it is something else, or another stage's. */
export async function openExamples<S extends Stage>(folder: string, stage: S): Promise<SavedExamples<S>> {
  // a single set has no dataset_dict.json and is training data
  if (!existsSync(join(folder, 'dataset_dict.json')))
    return { train: await openSplit(folder, stage), evaluation: noExamples };
  const { splits } = await readJson(join(folder, 'dataset_dict.json'), dictSchema);
  const held = splits.find((name) => name === 'validation') ?? splits.find((name) => name.startsWith('validation_'));
  return {
    train: splits.includes('train') ? await openSplit(join(folder, 'train'), stage) : noExamples,
    evaluation: held === undefined ? noExamples : await openSplit(join(folder, held), stage),
  };
}

async function openSplit<S extends Stage>(folder: string, stage: S): Promise<ExampleSet<StageExamples[S]>> {
  const { _data_files: names } = await readJson(join(folder, 'state.json'), stateSchema);
  // a name that leads out of the folder is none that the library writes
  const paths = names.map(({ filename }) => join(folder, basename(filename)));
  const dataset = basename(dirname(folder));
  const starts: number[] = [0];
  const lengths: number[] = [];
  const hash = createHash('sha256');
  for (const path of paths) {
    await withFile(path, async (file) => {
      for (let group = 0; group + 1 < file.starts.length; group++) {
        for (const row of await file.read(file.starts[group] ?? 0, file.starts[group + 1] ?? 0)) {
          const example = exampleOf(row, { dataset, row: lengths.length }, stage);
          lengths.push(lengthOfExample(example));
          for (const values of Object.values(savedRow(example)))
            hash.update(ArrayBuffer.isView(values) ? values : `${values}`);
        }
      }
    });
    starts.push(lengths.length);
  }
  return {
    length: lengths.length,
    lengths: Int32Array.from(lengths),
    hash: hash.digest('hex'),
    read: async (numbers) => {
      const wanted = Array.from(numbers);
      const found = new Map<number, StageExamples[S]>();
      for (const [at, path] of paths.entries()) {
        const [start, end] = [starts[at] ?? 0, starts[at + 1] ?? 0];
        const here = new Set(wanted.filter((number) => number >= start && number < end));
        if (here.size === 0) continue;
        await withFile(path, async (file) => {
          for (const number of here) {
            const [row] = await file.read(number - start, number - start + 1);
            found.set(number, exampleOf(row, { dataset, row: number }, stage));
          }
        });
      }
      return wanted.flatMap((number) => found.get(number) ?? []);
    },
  };
}

async function withFile(path: string, use: (file: ColumnFile) => Promise<void>): Promise<void> {
  const file = await openArrow(path);
  try {
    await use(file);
  } finally {
    await file.close();
  }
}

/** Saves training and evaluation examples; the folder is there as a whole or not at all. */
export async function saveExamples<S extends Stage>(
  folder: string,
  { train, evaluation }: SavedExamples<S>,
): Promise<void> {
  const draft = `${folder}.${process.pid}.tmp`;
  await rm(draft, { recursive: true, force: true });
  try {
    const splits: string[] = [];
    for (const [name, set] of [
      ['train', train],
      ['validation', evaluation],
    ] as const) {
      if (set.length === 0) continue;
      await saveSplit(join(draft, name), name, set);
      splits.push(name);
    }
    await writeFile(join(draft, 'dataset_dict.json'), JSON.stringify({ splits }));
    // an empty folder may stand in its place
    await rm(folder, { recursive: true, force: true });
    await mkdir(dirname(folder), { recursive: true });
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

async function saveSplit<S extends Stage>(
  folder: string,
  split: string,
  set: ExampleSet<StageExamples[S]>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const count = Math.ceil(set.length / IN_A_FILE);
  const names: { filename: string }[] = [];
  const [first] = await set.read([0]);
  const features = first ? featuresOf(savedRow(first)) : {};
  for (let file = 0; file < count; file++) {
    const start = file * IN_A_FILE;
    const numbers = Array.from({ length: Math.min(IN_A_FILE, set.length - start) }, (_, i) => start + i);
    const rows = (await set.read(numbers)).map(savedRow);
    const filename = `data-${padded(file)}-of-${padded(count)}.arrow`;
    await writeFile(join(folder, filename), encodeExamples(rows, features));
    names.push({ filename });
  }
  await writeFile(join(folder, 'dataset_info.json'), JSON.stringify({ citation: '', description: '', features, homepage: '', license: '' }, null, 2)); // prettier-ignore
  const state = { _data_files: names, _fingerprint: set.hash.slice(0, 16), _format_columns: null, _format_kwargs: {}, _format_type: null, _output_all_columns: false, _split: split }; // prettier-ignore
  await writeFile(join(folder, 'state.json'), JSON.stringify(state, null, 2));
}

const padded = (number: number): string => String(number).padStart(5, '0');
