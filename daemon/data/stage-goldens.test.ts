// Every stage golden, from rows in files to the examples that a run of the stage gets: pairs, kto rows, prompts, pre-training texts and
// packed blocks as LLaMA-Factory has them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadData } from './dataset.ts';
import type { Example, StageExamples } from './example.ts';
import { eachExample } from './example-set.ts';
import type { DataOptions, Stage } from './options.ts';
import { prepareTemplate } from './template/prepare.ts';
import { caseOf, hash, newTokenizer, optionsOf, runs, stages, type Flags, type Run, type StageGolden, type Written } from './testing/goldens.ts'; // prettier-ignore
import type { Tokenizer } from './tokenizer/tokenizer.ts';

interface PairGolden extends Omit<StageGolden, 'result'> {
  row: object;
  chosen: Written;
  rejected: Written;
}
interface FeedbackGolden extends Omit<StageGolden, 'result'> {
  result: { desirable: boolean; own: Written; kl: Written }[];
}
interface PromptGolden extends Omit<StageGolden, 'result'> {
  case: string;
  prompt: Written;
  reference: Written;
}

const of = <T = StageGolden>(kind: string): T[] => stages.filter((golden) => golden.kind === kind) as unknown as T[];

interface Rows {
  readonly entry: object;
  readonly rows: readonly object[];
}

interface Loading<S extends Stage> {
  readonly stage: S;
  readonly template: string;
  readonly tokenizer: Tokenizer;
  readonly sets: readonly Rows[];
  readonly flags?: Flags;
  readonly more?: Partial<Omit<DataOptions, 'stage'>>;
}

/** What a run over these rows gets. */
async function load<S extends Stage>({ stage, template, tokenizer, sets, flags = {}, more }: Loading<S>): Promise<StageExamples[S][]> {
  const folder = mkdtempSync(join(tmpdir(), 'anneal-stages-'));
  try {
    const datasets = sets.map((_, i) => `set${i}`);
    sets.forEach(({ rows }, i) => writeFileSync(join(folder, `set${i}.json`), JSON.stringify(rows)));
    const info = sets.map(({ entry }, i) => [`set${i}`, { ...entry, file_name: `set${i}.json` }]);
    writeFileSync(join(folder, 'dataset_info.json'), JSON.stringify(Object.fromEntries(info)));
    const options: DataOptions<S> = {
      ...optionsOf(flags), stage, datasetDir: folder, mediaDir: folder, templateName: template, datasets, evalDatasets: [], maxSamples: undefined,
      mixStrategy: 'concat', interleaveProbabilities: undefined, seed: 1, streaming: false, bufferSize: 0, valSize: 0, packing: false,
      neatPacking: false, blockLength: 2048, preprocessingBatchSize: 1000, workers: 1, defaultSystem: undefined, toolFormat: undefined, ...more,
    };
    const { train } = await loadData(options, { tokenizer, template: prepareTemplate(template, tokenizer) });
    const examples: StageExamples[S][] = [];
    for await (const example of eachExample(train)) examples.push(example);
    expect(train.length).toBe(examples.length);
    return examples;
  } finally {
    rmSync(folder, { recursive: true });
  }
} // prettier-ignore

/** What a golden says of a text, the text itself aside. */
const told = ({ length, idsSha256, labels }: Written): object => ({ length, idsSha256, ...(labels ? { labels } : {}) });
const got = (example: Example, tokenizer: Tokenizer): object => ({
  length: example.ids.length,
  idsSha256: hash(example.ids),
  labels: runs(example, tokenizer.eosId),
});
const asIds = (ids: Int32Array): object => ({ length: ids.length, idsSha256: hash(ids) });

const title = ({ template, flags }: { template: string; flags: Flags }, i: number): string =>
  `${template} ${JSON.stringify(flags)} ${i}`;

describe('pairs', () => {
  of<PairGolden>('pair').forEach((golden, i) =>
    test.each(['rm', 'dpo'] as const)(`${title(golden, i)} %s`, async (stage) => {
      const tokenizer = newTokenizer();
      const { template, flags, entry, row } = golden;
      const [pair] = await load({ stage, template, tokenizer, flags, sets: [{ entry, rows: [row] }] });
      if (!pair) throw new Error('the pair was left out');
      expect(got(pair.chosen, tokenizer)).toEqual(told(golden.chosen));
      expect(got(pair.rejected, tokenizer)).toEqual(told(golden.rejected));
    }),
  );
});

describe('feedback', () => {
  of<FeedbackGolden>('kto').forEach((golden, i) =>
    test(title(golden, i), async () => {
      const tokenizer = newTokenizer();
      const { template, flags, entry, rows } = golden;
      const examples = await load({ stage: 'kto', template, tokenizer, flags, sets: [{ entry, rows }] });
      expect(
        examples.map(({ desirable, own, kl }) => ({ desirable, own: got(own, tokenizer), kl: got(kl, tokenizer) })),
      ).toEqual(golden.result.map(({ desirable, own, kl }) => ({ desirable, own: told(own), kl: told(kl) })));
    }),
  );
});

describe('predictions', () => {
  of<PromptGolden>('predict').forEach((golden, i) =>
    test(`${title(golden, i)} ${golden.case}`, async () => {
      const { template, flags } = golden;
      const { entry, row } = caseOf(golden.case);
      const [found] = await load({ stage: 'ppo', template, tokenizer: newTokenizer(), flags, sets: [{ entry, rows: [row] }] }); // prettier-ignore
      if (!found) throw new Error('the prompt was left out');
      expect(asIds(found.prompt)).toEqual(told(golden.prompt));
      expect(asIds(found.reference)).toEqual(told(golden.reference));
    }),
  );
});

describe('pre-training', () => {
  test.each(of('pt'))('$template packing $packing cutoff $cutoff_len', async (golden) => {
    const { template, packing, cutoff_len: cutoffLength, entry, rows } = golden;
    const tokenizer = newTokenizer(golden.add_bos_token);
    const examples = await load({ stage: 'pt', template, tokenizer, sets: [{ entry, rows }], more: { packing, cutoffLength } }); // prettier-ignore
    expect(examples.map(({ ids }) => asIds(ids))).toEqual(
      golden.result.map(({ length, idsSha256 }) => ({ length, idsSha256 })),
    );
  });
});

/** Where positions start anew, and from where they are zero to the end. */
function places({ ids, positions = new Int32Array() }: Example): object {
  let zeroFrom = ids.length;
  while (zeroFrom > 0 && positions[zeroFrom - 1] === 0) zeroFrom -= 1;
  const restarts = [...positions.keys()].filter((i) => positions[i] === 0 && i < zeroFrom);
  return { positionsRestartAt: restarts, positionsZeroFrom: zeroFrom };
}

function attention({ segments, ids }: Example): Run[] {
  const found: Run[] = [];
  for (const value of segments ?? new Int32Array(ids.length).fill(1)) {
    const last = found.at(-1);
    if (last && Number(last[0]) === value) last[1] += 1;
    else found.push([value as unknown as string, 1]);
  }
  return found;
}

describe('packing', () => {
  test.each(of('packed'))('$template $flags', async ({ template, flags, cases, cutoffAfterParsing, result }) => {
    const tokenizer = newTokenizer();
    const sets = cases.map(caseOf).map(({ entry, row }) => ({ entry, rows: [row] }));
    const neatPacking = flags.neat_packing ?? false;
    const more = { packing: true, neatPacking, cutoffLength: cutoffAfterParsing, blockLength: cutoffAfterParsing + 1 };
    const packed = await load({ stage: 'sft', template, tokenizer, sets, flags, more });
    expect(
      packed.map((block) => ({ ...got(block, tokenizer), attention: attention(block), ...places(block) })),
    ).toEqual(
      result.map(({ attention: attended, positionsRestartAt, positionsZeroFrom, ...text }) => ({
        ...told(text),
        attention: attended,
        positionsRestartAt,
        positionsZeroFrom,
      })),
    );
  });
});
