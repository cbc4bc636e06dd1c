// Pre-training rows: texts that end in eos, one by one up to cutoff_len, or whole, for blocks to be made of (arrange/joined.ts).
import type { Conversation } from '../conversation.ts';
import type { Example } from '../example.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';

export interface PretrainOptions {
  readonly cutoffLength: number;
  /** Recipe's template: llama3 ends its texts in a token of its own. */
  readonly template: string | undefined;
}

/** Texts as they are trained on, each with its end. */
const wholeTexts = (rows: readonly Conversation[], tokenizer: Tokenizer, template: string | undefined): string[] => {
  const end = template === 'llama3' ? '<|end_of_text|>' : (tokenizer.eosToken ?? '');
  return rows.map(({ messages }) => (messages[0]?.content ?? '') + end);
};

/** The token that begins a block; as upstream only a tokenizer that says add_bos_token gets it, whatever it would write by itself. */
export const blockStart = (tokenizer: Tokenizer): number | undefined =>
  (tokenizer.config.add_bos_token ?? false) ? tokenizer.bosId : undefined;

/** Rows uncut and without bos: what blocks are made from. */
export async function encodeWhole(
  rows: readonly Conversation[],
  tokenizer: Tokenizer,
  template: string | undefined,
): Promise<Example[]> {
  const encoded = await tokenizer.encodeAll(wholeTexts(rows, tokenizer, template));
  return rows.map(({ dataset, row }, i) => {
    const ids = encoded[i] ?? new Int32Array();
    return { origins: [{ dataset, row }], ids, labels: ids };
  });
}

/** Rows cut to cutoff_len, behind the token that begins a block; every token is trained. */
export async function encodePretrain(
  rows: readonly Conversation[],
  tokenizer: Tokenizer,
  { cutoffLength, template }: PretrainOptions,
): Promise<Example[]> {
  const start = blockStart(tokenizer) === undefined ? '' : (tokenizer.bosToken ?? '');
  const encoded = await tokenizer.encodeAll(wholeTexts(rows, tokenizer, template).map((text) => start + text));
  return rows.map(({ dataset, row }, i) => {
    const kept = (encoded[i] ?? new Int32Array()).slice(0, cutoffLength);
    return { origins: [{ dataset, row }], ids: kept, labels: kept };
  });
}
