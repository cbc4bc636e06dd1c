// Pairs, KTO rows and predictions as LLaMA-Factory encodes them: every golden of these stages.
import { describe, expect, test } from 'vitest';
import type { Conversation } from '../conversation.ts';
import type { Example } from '../example.ts';
import { encodeFeedback } from '../feedback/encode.ts';
import { encodePairs } from '../pairs/encode.ts';
import { encodePrompts } from '../prediction/encode.ts';
import { prepareTemplate } from '../template/prepare.ts';
import type { Template } from '../template/registry.ts';
import { aligned, alignedAs, hash, newTokenizer, optionsOf, runs, stages, type Flags, type StageGolden, type Written } from '../testing/goldens.ts'; // prettier-ignore
import type { Tokenizer } from '../tokenizer/tokenizer.ts';

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

const of = <T>(kind: string): T[] => stages.filter((golden) => golden.kind === kind) as unknown as T[];

function prepared(name: string): { tokenizer: Tokenizer; template: Template } {
  const tokenizer = newTokenizer();
  return { tokenizer, template: prepareTemplate(name, tokenizer) };
}

/** What a golden says of a text, the text itself aside. */
const told = ({ length, idsSha256, labels }: Written): object => ({ length, idsSha256, ...(labels ? { labels } : {}) });
const got = (example: Example, tokenizer: Tokenizer): object => ({
  length: example.ids.length,
  idsSha256: hash(example.ids),
  labels: runs(example, tokenizer.eosId),
});

const title = ({ template, flags }: { template: string; flags: Flags }, i: number): string =>
  `${template} ${JSON.stringify(flags)} ${i}`;

describe('pairs', () => {
  of<PairGolden>('pair').forEach((golden, i) =>
    test(title(golden, i), async () => {
      const { tokenizer, template } = prepared(golden.template);
      const rows = alignedAs(golden.entry, [golden.row]);
      const [encoded] = await encodePairs(rows, template, tokenizer, optionsOf(golden.flags));
      if (!encoded || 'dropped' in encoded) throw new Error(encoded?.dropped);
      expect(got(encoded.pair.chosen, tokenizer)).toEqual(told(golden.chosen));
      expect(got(encoded.pair.rejected, tokenizer)).toEqual(told(golden.rejected));
    }),
  );
});

describe('feedback', () => {
  of<FeedbackGolden>('kto').forEach((golden, i) =>
    test(title(golden, i), async () => {
      const { tokenizer, template } = prepared(golden.template);
      const rows = alignedAs(golden.entry, golden.rows);
      const encoded = await encodeFeedback(rows, template, tokenizer, optionsOf(golden.flags));
      expect(
        encoded.map((each) => {
          if ('dropped' in each) return each;
          const { desirable, own, kl } = each.feedback;
          return { desirable, own: got(own, tokenizer), kl: got(kl, tokenizer) };
        }),
      ).toEqual(golden.result.map(({ desirable, own, kl }) => ({ desirable, own: told(own), kl: told(kl) })));
    }),
  );
});

describe('predictions', () => {
  of<PromptGolden>('predict').forEach((golden, i) =>
    test(`${title(golden, i)} ${golden.case}`, async () => {
      const { tokenizer, template } = prepared(golden.template);
      const rows = [aligned(golden.case) as Conversation];
      const [encoded] = await encodePrompts(rows, template, tokenizer, optionsOf(golden.flags));
      if (!encoded || 'dropped' in encoded) throw new Error(encoded?.dropped);
      const { prompt, reference } = encoded.prompt;
      expect({ length: prompt.length, idsSha256: hash(prompt) }).toEqual(told(golden.prompt));
      expect({ length: reference.length, idsSha256: hash(reference) }).toEqual(told(golden.reference));
    }),
  );
});
