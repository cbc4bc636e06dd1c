// Pre-training rows: texts that end in eos, one by one up to cutoff_len, or joined and cut into blocks of it.
import type { Conversation } from '../conversation.ts';
import type { Example } from '../example.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';

export interface PretrainOptions {
  readonly cutoffLength: number;
  readonly packing: boolean;
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

/** One group of rows (preprocessing_batch_size of them) as Examples; every token is trained. */
export async function encodePretrain(
  rows: readonly Conversation[],
  tokenizer: Tokenizer,
  options: PretrainOptions,
): Promise<Example[]> {
  const texts = wholeTexts(rows, tokenizer, options.template);
  const origins = rows.map(({ dataset, row }) => ({ dataset, row }));
  const bos = blockStart(tokenizer);
  if (!options.packing) {
    const start = bos === undefined ? '' : (tokenizer.bosToken ?? '');
    const encoded = await tokenizer.encodeAll(texts.map((text) => start + text));
    return encoded.map((ids, i) => {
      const kept = ids.slice(0, options.cutoffLength);
      return { origins: origins.slice(i, i + 1), ids: kept, labels: kept };
    });
  }
  const encoded = await tokenizer.encodeAll(texts);
  const starts: number[] = [];
  let total = 0;
  for (const ids of encoded) {
    starts.push(total);
    total += ids.length;
  }
  const all = new Int32Array(total);
  encoded.forEach((ids, i) => all.set(ids, starts[i]));
  const blocks: Example[] = [];
  // what does not fill a block is lost
  for (let start = 0; start + options.cutoffLength <= total; start += options.cutoffLength) {
    const end = start + options.cutoffLength;
    const ids = all.slice(start, end);
    if (bos !== undefined) ids[0] = bos;
    const inside = origins.filter((_, i) => (starts[i] ?? 0) < end && (starts[i + 1] ?? total) > start);
    blocks.push({ origins: inside, ids, labels: ids });
  }
  return blocks;
}
