// Every supervised label golden: ids by hash, labels run by run. Those of whole stages: ../stage-goldens.test.ts.
import { describe, expect, test } from 'vitest';
import { aligned, hash, lines, newTokenizer, optionsOf, runs, type Flags, type Written } from '../testing/goldens.ts'; // prettier-ignore
import { prepareTemplate } from '../template/prepare.ts';
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
