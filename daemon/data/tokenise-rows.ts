// Conversations of one dataset, a few at a time, as tokens: the half of each stage's work that looks at one row alone.
import type { Conversation, DroppedRow } from './conversation.ts';
import type { DataOptions } from './options.ts';
import type { TokenisedRow } from './row-table.ts';
import { encodeSupervised } from './supervised/encode.ts';
import { encodePretrain, encodeWhole } from './supervised/pretrain.ts';
import type { Template } from './template/registry.ts';
import type { Tokenizer } from './tokenizer/tokenizer.ts';

export type RowTokeniser = (rows: readonly Conversation[]) => Promise<(TokenisedRow | DroppedRow)[]>;

export function rowTokeniser(options: DataOptions, tokenizer: Tokenizer, template: Template): RowTokeniser {
  return options.stage === 'pt'
    ? (rows) => pretrainRows(rows, options, tokenizer)
    : (rows) => encodeSupervised(rows, template, tokenizer, options);
}

async function pretrainRows(
  rows: readonly Conversation[],
  options: DataOptions,
  tokenizer: Tokenizer,
): Promise<(TokenisedRow | DroppedRow)[]> {
  const usable = rows.filter(({ messages }) => messages.length > 0);
  const { cutoffLength, templateName: template } = options;
  const examples = options.packing
    ? await encodeWhole(usable, tokenizer, template)
    : await encodePretrain(usable, tokenizer, { packing: false, cutoffLength, template });
  let next = 0;
  return rows.map(({ dataset, row, messages }) => {
    const example = messages.length > 0 ? examples[next++] : undefined;
    return example ? { example, truncated: false } : { dataset, row, at: [], code: 'no-text', dropped: 'it has no text' }; // prettier-ignore
  });
}
