// Every supervised label golden, and the pre-training and packing ones: ids by hash, labels run by run.
import { describe, expect, test } from 'vitest';
import { parseEntry } from '../../recipe/dataset-info.ts';
import { alignRow } from '../align/align.ts';
import type { Conversation } from '../conversation.ts';
import type { Example } from '../example.ts';
import { aligned, hash, lines, newTokenizer, optionsOf, runs, stages, type Flags, type Run, type Written } from '../testing/goldens.ts'; // prettier-ignore
import { packExamples } from '../packing.ts';
import { prepareTemplate } from '../template/prepare.ts';
import { encodePretrain } from './pretrain.ts';
import { encodeSupervised } from './encode.ts';

type LabelGolden = { template: string; flags: Flags; case: string } & (Written | { dropped: true } | { error: string });

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
