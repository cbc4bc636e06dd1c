// The recorded facts of LLaMA-Factory's data pipeline, their tokenizer, what they say of an example.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Tokenizer as RustTokenizer } from 'tokenizers';
import { parseEntry } from '../../recipe/dataset-info.ts';
import { alignRow } from '../align/align.ts';
import { IGNORED, type Example } from '../example.ts';
import type { SupervisedOptions } from '../supervised/encode.ts';
import { Tokenizer } from '../tokenizer/tokenizer.ts';

export const file = (name: string): string => new URL(`../fixtures/facts/${name}`, import.meta.url).pathname;
export const lines = <T>(name: string): T[] =>
  readFileSync(file(name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

export type Run = [string, number];
export interface Written {
  length: number;
  text: string;
  idsSha256: string;
  labels?: Run[];
  textCut?: boolean;
}
export interface Flags {
  cutoff_len?: number;
  mask_history?: boolean;
  train_on_prompt?: boolean;
  enable_thinking?: boolean | null;
  preserve_thinking?: boolean;
  packing?: boolean;
  neat_packing?: boolean;
}
const cases = (
  JSON.parse(readFileSync(file('label-cases.json'), 'utf8')) as {
    cases: Record<string, { entry: object; row: object }>;
  }
).cases;

export const newTokenizer = (addBos = false): Tokenizer =>
  new Tokenizer(
    RustTokenizer.fromFile(file('golden-tokenizer.json')),
    { bos_token: '<|bos|>', eos_token: '<|eos|>', pad_token: '<|pad|>', add_bos_token: addBos },
    undefined,
  );

export const hash = (ids: Iterable<number>): string =>
  createHash('sha256')
    .update(JSON.stringify([...ids]))
    .digest('hex')
    .slice(0, 16);

export function runs({ ids, labels }: Example, eos: number | undefined): Run[] {
  const result: Run[] = [];
  labels.forEach((label, i) => {
    const kind = label === IGNORED ? 'masked' : label === ids[i] ? 'trained' : label === eos ? 'eos' : 'wrong';
    const last = result.at(-1);
    if (last?.[0] === kind) last[1] += 1;
    else result.push([kind, 1]);
  });
  return result;
}

/** A row that goldens name, and its entry of dataset_info.json. */
export function caseOf(name: string): { readonly entry: object; readonly row: object } {
  const found = cases[name];
  if (!found) throw new Error(name);
  return found;
}

export function aligned(name: string): ReturnType<typeof alignRow> {
  const { entry, row } = caseOf(name);
  const parsed = parseEntry(name, { file_name: 'x.json', ...entry }, 'dataset_info.json');
  return alignRow(row, parsed, { dataset: name, row: 0 });
}

export const optionsOf = (flags: Flags, cutoffLength = flags.cutoff_len ?? 2048): SupervisedOptions => ({
  cutoffLength,
  trainOnPrompt: flags.train_on_prompt ?? false,
  maskHistory: flags.mask_history ?? false,
  preserveThinking: flags.preserve_thinking ?? false,
  enableThinking: flags.enable_thinking === undefined ? true : flags.enable_thinking,
  today: '15 Jan 2025',
});

export interface StageGolden {
  kind: string;
  template: string;
  flags: Flags;
  packing: boolean;
  cutoff_len: number;
  add_bos_token: boolean;
  entry: object;
  rows: object[];
  cases: string[];
  cutoffAfterParsing: number;
  result: (Written & { attention: Run[]; positionsRestartAt: number[]; positionsZeroFrom: number })[];
}

export const stages = lines<StageGolden>('stage-goldens.jsonl');
