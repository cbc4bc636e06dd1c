// Elements become ids: one call of the tokenizer for the texts of many rows, special tokens by their place in the vocabulary.
import type { Element } from '../template/slot.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';

/** An element with its ids. */
export interface Piece {
  readonly element: Element;
  readonly ids: Int32Array;
}

const nothing = new Int32Array();

/** Ids of each list's elements. A token the tokenizer has not as bos or eos is written as nothing, as upstream. */
export async function tokenise(lists: readonly (readonly Element[])[], tokenizer: Tokenizer): Promise<Piece[][]> {
  const texts: string[] = [];
  for (const elements of lists) for (const element of elements) if ('text' in element) texts.push(element.text);
  const encoded = await tokenizer.encodeAll(texts);
  const single = (id: number | undefined): Int32Array => (id === undefined ? nothing : Int32Array.of(id));
  const own = { bos: single(tokenizer.bosId), eos: single(tokenizer.eosId) };
  const fixed = new Map<string, Int32Array>();
  const tokenOf = (token: string): Int32Array => {
    const known = fixed.get(token);
    if (known) return known;
    const ids = Int32Array.of(tokenizer.idOf(token));
    fixed.set(token, ids);
    return ids;
  };
  let next = 0;
  return lists.map((elements) =>
    elements.map((element): Piece => {
      if ('text' in element) return { element, ids: encoded[next++] ?? nothing };
      return { element, ids: 'token' in element ? tokenOf(element.token) : own[element.own] };
    }),
  );
}

export function lengthOf(pieces: readonly Piece[]): number {
  let length = 0;
  for (const { ids } of pieces) length += ids.length;
  return length;
}
