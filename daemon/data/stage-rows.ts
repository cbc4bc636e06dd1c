// What each stage keeps of a row, and the example it makes of that: the half of its work that looks at one row alone.
import type { Conversation, DroppedRow } from './conversation.ts';
import { lengthOfExample, type Example, type PairExample, type PromptExample } from './example.ts';
import { encodeFeedback } from './feedback/encode.ts';
import { feedbackParts } from './feedback/parts.ts';
import type { DataOptions, Stage } from './options.ts';
import { encodePairs } from './pairs/encode.ts';
import { encodePrompts } from './prediction/encode.ts';
import type { KeptRow, TokenisedRow, UnusedRow } from './row-table.ts';
import { encodeSupervised } from './supervised/encode.ts';
import { encodePretrain, encodeWhole } from './supervised/pretrain.ts';
import type { Template } from './template/registry.ts';
import type { Tokenizer } from './tokenizer/tokenizer.ts';

/** Conversations of one dataset, a few at a time, as tokens. */
export type RowTokeniser = (rows: readonly Conversation[]) => Promise<(TokenisedRow | UnusedRow)[]>;

type Tokenise = (
  rows: readonly Conversation[],
  template: Template,
  tokenizer: Tokenizer,
  options: DataOptions,
) => Promise<(TokenisedRow | UnusedRow)[]>;

const pairRows: Tokenise = async (rows, template, tokenizer, options) =>
  usable(await encodePairs(rows, template, tokenizer, options), ({ pair, truncated }) => ({
    parts: [pair.chosen, pair.rejected],
    marks: [pair.promptLength],
    length: lengthOfExample(pair),
    truncated,
  }));

const tokenisers: Readonly<Record<Stage, Tokenise>> = {
  pt: pretrainRows,
  sft: async (rows, template, tokenizer, options) =>
    usable(await encodeSupervised(rows, template, tokenizer, options, false), ({ example, truncated }) => ({
      parts: [example],
      length: example.ids.length,
      truncated,
    })),
  rm: pairRows,
  dpo: pairRows,
  kto: async (rows, template, tokenizer, options) =>
    (await encodeFeedback(rows, template, tokenizer, options)).map(feedbackParts),
  ppo: async (rows, template, tokenizer, options) =>
    usable(await encodePrompts(rows, template, tokenizer, options), ({ prompt: { prompt, reference }, truncated }) => ({
      parts: [prompt, reference].map((ids) => ({ ids, labels: ids })),
      length: prompt.length,
      truncated,
    })),
};

export function rowTokeniser(options: DataOptions, tokenizer: Tokenizer, template: Template): RowTokeniser {
  return (rows) => tokenisers[options.stage](rows, template, tokenizer, options);
}

const usable = <T extends object>(
  encoded: readonly (T | DroppedRow)[],
  keep: (one: T) => TokenisedRow,
): (TokenisedRow | DroppedRow)[] => encoded.map((one) => ('dropped' in one ? one : keep(one)));

async function pretrainRows(
  rows: readonly Conversation[],
  _template: Template,
  tokenizer: Tokenizer,
  { cutoffLength, packing, templateName }: DataOptions,
): Promise<(TokenisedRow | DroppedRow)[]> {
  const texts = rows.filter(({ messages }) => messages.length > 0);
  const examples = packing
    ? await encodeWhole(texts, tokenizer, templateName)
    : await encodePretrain(texts, tokenizer, { cutoffLength, template: templateName });
  let next = 0;
  return rows.map(({ dataset, row, messages }) => {
    const example = messages.length > 0 ? examples[next++] : undefined;
    return example
      ? { parts: [example], length: example.ids.length, truncated: false }
      : { dataset, row, at: [], code: 'no-text', dropped: 'it has no text' };
  });
}

/** The example of a row that has one part. */
export function exampleOfRow({ origin, parts: [part] }: KeptRow): Example {
  if (!part) throw new Error('a row has no tokens');
  return { origins: [origin], ...part };
}

export function pairOfRow({ origin, parts: [chosen, rejected], marks: [promptLength = 0] }: KeptRow): PairExample {
  if (!chosen || !rejected) throw new Error('a pair has no two answers');
  const origins = [origin];
  return { chosen: { origins, ...chosen }, rejected: { origins, ...rejected }, promptLength };
}

export function promptOfRow({ origin, parts: [prompt, reference] }: KeptRow): PromptExample {
  if (!prompt || !reference) throw new Error('a prompt has no reference');
  return { origins: [origin], prompt: prompt.ids, reference: reference.ids };
}
