// Made-up rows of all layouts through every template and stage, with what LLaMA-Factory 0.9.5 made of them: odd roles, thoughts,
// tools, special tokens in texts, media marks, numbers and orders of keys. A row that stops it must stop here.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../errors.ts';
import { parseEntry } from '../../recipe/dataset-info.ts';
import { alignRow } from '../align/align.ts';
import type { Conversation, DroppedRow } from '../conversation.ts';
import { feedbackRows } from '../arrange/feedback.ts';
import type { Example, FeedbackExample } from '../example.ts';
import { encodeFeedback } from '../feedback/encode.ts';
import { feedbackParts } from '../feedback/parts.ts';
import type { DataOptions } from '../options.ts';
import { encodePairs } from '../pairs/encode.ts';
import { encodePrompts } from '../prediction/encode.ts';
import { parseCalls } from '../template/parse-calls.ts';
import { prepareTemplate } from '../template/prepare.ts';
import type { Template } from '../template/registry.ts';
import { Dropped, type RowTable } from '../row-table.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { hash, newTokenizer, optionsOf, runs, type Flags, type Run } from '../testing/goldens.ts';
import { encodeSupervised, type SupervisedOptions } from './encode.ts';

interface Written {
  length: number;
  idsSha256: string;
  labels?: Run[];
}
interface Case {
  template: string;
  stage: 'sft' | 'dpo' | 'kto' | 'predict';
  flags: Flags & { default_system?: string; tool_format?: string };
  entry: object;
  rows: object[];
  error?: true;
  examples?: Written[];
  pairs?: [Written, Written][];
  feedback?: { desirable: boolean; own: Written; kl: Written }[];
  prompts?: [Written, Written][];
}

const read = <T>(name: string): T[] =>
  readFileSync(new URL(`../fixtures/upstream/${name}`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

/** A row that is left out counts as one without messages. */
function aligned({ entry, rows }: Case): Conversation[] {
  const parsed = parseEntry('own', { file_name: 'x.json', ...entry }, 'dataset_info.json');
  return rows.map((value, row) => {
    const found = alignRow(value, parsed, { dataset: 'own', row });
    return 'dropped' in found ? { dataset: 'own', row, messages: [], system: '', tools: '' } : found;
  });
}

const kept = <T extends object>(encoded: readonly (T | DroppedRow)[]): T[] =>
  encoded.filter((each): each is T => !('dropped' in each));

async function encoded(given: Case): Promise<Partial<Case>> {
  const tokenizer = newTokenizer();
  const told = (example: Example): Written => ({
    length: example.ids.length,
    idsSha256: hash(example.ids),
    labels: runs(example, tokenizer.eosId),
  });
  const ids = (values: Int32Array): Written => ({ length: values.length, idsSha256: hash(values) });
  try {
    const template = prepareTemplate(given.template, tokenizer);
    const { default_system: defaultSystem, tool_format: toolFormat } = given.flags;
    const options = { ...optionsOf(given.flags), defaultSystem, toolFormat };
    const rows = aligned(given);
    switch (given.stage) {
      case 'sft':
        return { examples: kept(await encodeSupervised(rows, template, tokenizer, options)).map((each) => told(each.example)) }; // prettier-ignore
      case 'dpo':
        return { pairs: kept(await encodePairs(rows, template, tokenizer, options)).map(({ pair }) => [told(pair.chosen), told(pair.rejected)]) }; // prettier-ignore
      case 'kto':
        return { feedback: (await feedback(rows, template, tokenizer, options)).map(({ desirable, own, kl }) => ({ desirable, own: told(own), kl: told(kl) })) }; // prettier-ignore
      case 'predict':
        return { prompts: kept(await encodePrompts(rows, template, tokenizer, options)).map(({ prompt }) => [ids(prompt.prompt), ids(prompt.reference)]) }; // prettier-ignore
    }
  } catch (error) {
    if (error instanceof UserError) return { error: true };
    throw error;
  }
}

/** One group of rows, as a run of kto has them. */
async function feedback(
  rows: readonly Conversation[],
  template: Template,
  tokenizer: Tokenizer,
  options: SupervisedOptions,
): Promise<FeedbackExample[]> {
  const parts = (await encodeFeedback(rows, template, tokenizer, options)).map(feedbackParts);
  const [count, places] = [parts.length, Int32Array.from(parts, (_, i) => i)];
  const table: RowTable = {
    dataset: 'own', dropped: new Dropped(), truncated: 0, trains: true, hash: '',
    lengths: Int32Array.from(parts, (row) => ('dropped' in row ? -1 : row.length)),
    read: (wanted) => Promise.resolve(Array.from(wanted, (row) => ({ origin: { dataset: 'own', row }, parts: parts[row]?.parts ?? [], marks: parts[row]?.marks ?? [] }))),
  }; // prettier-ignore
  const order = { sets: new Int32Array(count), rows: places };
  const set = feedbackRows({ tables: [table], order }, { ...options, preprocessingBatchSize: 1000 } as DataOptions);
  return set.read(places.subarray(0, set.length));
}

describe('rows through every template', () => {
  const cases = read<Case>('pipeline-cases.jsonl');
  for (const stage of ['sft', 'dpo', 'kto', 'predict'] as const) {
    test(stage, async () => {
      for (const { template, flags, entry, rows, stage: _, ...expected } of cases.filter(
        (each) => each.stage === stage,
      )) {
        const got = await encoded({ template, flags, entry, rows, stage });
        expect({ template, flags, rows, ...got }).toEqual({ template, flags, rows, ...expected });
      }
    });
  }
});

test('calls in answers that went wrong', () => {
  for (const { format, text, calls } of read<{ format: string; text: string; calls?: [string, string][] }>('call-texts.jsonl')) {
    const found = parseCalls(format, text)?.map((call) => [call.name, call.arguments]);
    expect({ format, text, calls: found }).toEqual({ format, text, calls });
  }
}); // prettier-ignore
