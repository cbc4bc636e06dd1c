// Every supervised label golden, and the pre-training and packing ones: ids by hash, labels run by run.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Tokenizer as RustTokenizer } from 'tokenizers';
import { describe, expect, test } from 'vitest';
import { parseEntry } from '../../recipe/dataset-info.ts';
import { alignRow } from '../align/align.ts';
import type { Conversation } from '../conversation.ts';
import { IGNORED, type Example } from '../example.ts';
import { packExamples } from '../packing.ts';
import { prepareTemplate } from '../template/prepare.ts';
import { Tokenizer } from '../tokenizer/tokenizer.ts';
import { encodePretrain } from './pretrain.ts';
import { encodeSupervised, type SupervisedOptions } from './encode.ts';

const file = (name: string): string => new URL(`../fixtures/facts/${name}`, import.meta.url).pathname;
const lines = <T>(name: string): T[] =>
  readFileSync(file(name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

type Run = [string, number];
interface Written {
  length: number;
  text: string;
  idsSha256: string;
  labels?: Run[];
  textCut?: boolean;
}
interface Flags {
  cutoff_len?: number;
  mask_history?: boolean;
  train_on_prompt?: boolean;
  enable_thinking?: boolean | null;
  preserve_thinking?: boolean;
  packing?: boolean;
  neat_packing?: boolean;
}
type LabelGolden = { template: string; flags: Flags; case: string } & (Written | { dropped: true } | { error: string });

const cases = (
  JSON.parse(readFileSync(file('label-cases.json'), 'utf8')) as {
    cases: Record<string, { entry: object; row: object }>;
  }
).cases;

const newTokenizer = (addBos = false): Tokenizer =>
  new Tokenizer(
    RustTokenizer.fromFile(file('golden-tokenizer.json')),
    { bos_token: '<|bos|>', eos_token: '<|eos|>', pad_token: '<|pad|>', add_bos_token: addBos },
    undefined,
  );

const hash = (ids: Iterable<number>): string =>
  createHash('sha256')
    .update(JSON.stringify([...ids]))
    .digest('hex')
    .slice(0, 16);

function runs({ ids, labels }: Example, eos: number | undefined): Run[] {
  const result: Run[] = [];
  labels.forEach((label, i) => {
    const kind = label === IGNORED ? 'masked' : label === ids[i] ? 'trained' : label === eos ? 'eos' : 'wrong';
    const last = result.at(-1);
    if (last?.[0] === kind) last[1] += 1;
    else result.push([kind, 1]);
  });
  return result;
}

function aligned(name: string): ReturnType<typeof alignRow> {
  const found = cases[name];
  if (!found) throw new Error(name);
  return alignRow(found.row, parseEntry(name, { file_name: 'x.json', ...found.entry }, 'dataset_info.json'), {
    dataset: name,
    row: 0,
  });
}

const optionsOf = (flags: Flags, cutoffLength = flags.cutoff_len ?? 2048): SupervisedOptions => ({
  cutoffLength,
  trainOnPrompt: flags.train_on_prompt ?? false,
  maskHistory: flags.mask_history ?? false,
  preserveThinking: flags.preserve_thinking ?? false,
  enableThinking: flags.enable_thinking === undefined ? true : flags.enable_thinking,
  today: '15 Jan 2025',
});

async function labelled(golden: LabelGolden): Promise<unknown> {
  const tokenizer = newTokenizer();
  const template = prepareTemplate(golden.template, tokenizer);
  const row = aligned(golden.case === '*' ? 'alpaca' : golden.case);
  if ('dropped' in row) return { dropped: true };
  try {
    const [encoded] = await encodeSupervised([row], template, tokenizer, optionsOf(golden.flags));
    if (!encoded || 'dropped' in encoded) return { dropped: true };
    const { ids } = encoded.example;
    return { length: ids.length, idsSha256: hash(ids), labels: runs(encoded.example, tokenizer.eosId) };
  } catch (error) {
    return { error: (error as { code?: string }).code };
  }
}

describe('label goldens', () => {
  const goldens = lines<LabelGolden>('label-goldens.jsonl');
  for (const template of new Set(goldens.map((golden) => golden.template))) {
    test(template, async () => {
      for (const golden of goldens.filter((each) => each.template === template)) {
        const { template: _, flags, case: name, ...rest } = golden;
        const { text: _text, textCut: _cut, ...expected } = rest as Written;
        expect({ flags, name, ...((await labelled(golden)) as object) }).toEqual({ flags, name, ...expected });
      }
    });
  }
});

interface StageGolden {
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

const stages = lines<StageGolden>('stage-goldens.jsonl');

describe('pre-training goldens', () => {
  test.each(stages.filter(({ kind }) => kind === 'pt'))(
    '$template packing $packing cutoff $cutoff_len',
    async (golden) => {
      const tokenizer = newTokenizer(golden.add_bos_token);
      prepareTemplate(golden.template, tokenizer);
      const entry = parseEntry('pt', { file_name: 'x.json', ...golden.entry }, 'dataset_info.json');
      const rows = golden.rows.map((row, i) => alignRow(row, entry, { dataset: 'pt', row: i }) as Conversation);
      const examples = await encodePretrain(rows, tokenizer, {
        cutoffLength: golden.cutoff_len,
        packing: golden.packing,
        template: golden.template,
      });
      expect(examples.map(({ ids }) => ({ length: ids.length, idsSha256: hash(ids) }))).toEqual(
        golden.result.map(({ length, idsSha256 }) => ({ length, idsSha256 })),
      );
    },
  );
});

/** Where positions start anew, and from where they are zero to the end. */
function places({ ids, positions = new Int32Array() }: Example): object {
  let zeroFrom = ids.length;
  while (zeroFrom > 0 && positions[zeroFrom - 1] === 0) zeroFrom -= 1;
  const restarts = [...positions.keys()].filter((i) => positions[i] === 0 && i < zeroFrom);
  return { positionsRestartAt: restarts, positionsZeroFrom: zeroFrom };
}

describe('packing goldens', () => {
  test.each(stages.filter(({ kind }) => kind === 'packed'))('$template $flags', async (golden) => {
    const tokenizer = newTokenizer();
    const template = prepareTemplate(golden.template, tokenizer);
    const rows = golden.cases.map(aligned).filter((row): row is Conversation => !('dropped' in row));
    const encoded = await encodeSupervised(
      rows,
      template,
      tokenizer,
      optionsOf(golden.flags, golden.cutoffAfterParsing),
    );
    const examples = encoded.flatMap((each) =>
      'dropped' in each || each.example.ids.length > golden.cutoffAfterParsing ? [] : [each.example],
    );
    const packed = packExamples(examples, {
      blockLength: golden.cutoffAfterParsing + 1,
      padId: tokenizer.padId,
      neat: golden.flags.neat_packing ?? false,
    });
    const attention = ({ segments, ids }: Example): Run[] => {
      const found: Run[] = [];
      for (const value of segments ?? new Int32Array(ids.length).fill(1)) {
        const last = found.at(-1);
        if (last && Number(last[0]) === value) last[1] += 1;
        else found.push([value as unknown as string, 1]);
      }
      return found;
    };
    const got = packed.map((example) => ({
      length: example.ids.length,
      idsSha256: hash(example.ids),
      labels: runs(example, tokenizer.eosId),
      attention: attention(example),
      ...places(example),
    }));
    expect(got).toEqual(
      golden.result.map((expected) => ({
        length: expected.length,
        idsSha256: expected.idsSha256,
        labels: expected.labels,
        attention: expected.attention,
        positionsRestartAt: expected.positionsRestartAt,
        positionsZeroFrom: expected.positionsZeroFrom,
      })),
    );
  });
});
