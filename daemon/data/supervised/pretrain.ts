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

/** One group of rows (preprocessing_batch_size of them) as Examples; every token is trained. */
export async function encodePretrain(
  rows: readonly Conversation[],
  tokenizer: Tokenizer,
  options: PretrainOptions,
): Promise<Example[]> {
  const end = options.template === 'llama3' ? '<|end_of_text|>' : (tokenizer.eosToken ?? '');
  const texts = rows.map(({ messages }) => (messages[0]?.content ?? '') + end);
  const origins = rows.map(({ dataset, row }) => ({ dataset, row }));
  // as upstream: only a tokenizer that says add_bos_token gets bos, whatever it would write around a text by itself
  const addsBos = (tokenizer.config.add_bos_token ?? false) && tokenizer.bosToken !== undefined;
  if (!options.packing) {
    const start = addsBos ? (tokenizer.bosToken ?? '') : '';
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
  const bos = addsBos ? tokenizer.bosId : undefined;
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
