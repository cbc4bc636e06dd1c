// Where a cursor stands inside [ … ] and { … }, closed or not: a small tolerant parser, and a look-up in what it made.
import type { Cursor } from './cursor.ts';
import type { Word } from './text.ts';

/** What lies between two commas. */
interface Slot {
  readonly from: number;
  readonly to: number;
  /** In { }: the key, and where its colon stands. */
  readonly key: Word | undefined;
  readonly colon: number | undefined;
  readonly value: Word | Flow | undefined;
}

interface Flow {
  readonly kind: '[' | '{';
  readonly from: number;
  readonly to: number;
  readonly slots: readonly Slot[];
  readonly comments: readonly { readonly from: number; readonly to: number }[];
}

/** Brackets deeper than this are read as words: a recipe has three at most. */
const MAX_DEPTH = 32;

const plainWord = /(?:[^,[\]{}:#\n]|:(?!\s|$)|(?<!\s)#)+/y;

const isFlow = (value: Word | Flow | undefined): value is Flow => value !== undefined && 'kind' in value;

/** What stands at `offset` in the brackets that open at `from`. `path` leads to them. */
export function scanFlow(text: string, from: number, to: number, offset: number, path: readonly string[]): Cursor {
  return look(new FlowReader(text, to).read(from), text, offset, path);
}

/** The entries of a recipe that is one { … }: name, key and value ranges. */
export const flowKeys = (text: string, from: number): readonly Word[] =>
  new FlowReader(text, text.length).read(from).slots.flatMap(({ key }) => key ?? []);

/** The items of a list in brackets that open at `from`. */
export const flowItems = (text: string, from: number, to: number): readonly Word[] =>
  new FlowReader(text, to).read(from).slots.flatMap(({ value }) => (value === undefined || isFlow(value) ? [] : value));

/** Of a recipe that is one { … }: the value of a key, as words. */
export function flowValue(text: string, from: number, name: string): readonly Word[] {
  const slot = new FlowReader(text, text.length).read(from).slots.find(({ key }) => key?.text === name);
  if (!slot?.value) return [];
  return isFlow(slot.value) ? flowItems(text, slot.value.from, slot.value.to + 1) : [slot.value];
}

function look(flow: Flow, text: string, offset: number, path: readonly string[]): Cursor {
  if (offset <= flow.from || offset > flow.to || flow.comments.some((c) => offset > c.from && offset <= c.to))
    return { at: 'nothing' };
  const slot = flow.slots.find((candidate) => offset >= candidate.from && offset <= candidate.to);
  if (!slot) return { at: 'nothing' };
  const { key, colon, value } = slot;
  const inValue = flow.kind === '[' || (colon !== undefined && offset > colon);
  const inner = flow.kind === '{' && inValue ? [...path, key?.text ?? ''] : path;
  if (inValue && isFlow(value)) return look(value, text, offset, inner);
  const others = flow.slots.filter((other) => other !== slot);
  const word = (inValue ? value : key) as Word | undefined;
  const here = word && offset >= word.from && offset <= word.to ? word : undefined;
  // behind a finished word, in front of the comma
  if (word && !here && offset > word.to) return { at: 'nothing' };
  const target: Word = here ?? { from: offset, to: offset, text: '', quote: '' };
  if (!inValue) {
    const siblings = others.flatMap((other) => other.key?.text ?? []);
    return { at: 'key', ...target, path, siblings, hasValue: colon !== undefined, flow: true };
  }
  const before = /[:,]/.test(text[target.from - 1] ?? '') ? ' ' : '';
  if (flow.kind === '{') return { at: 'value', ...target, path: inner, form: 'scalar', siblings: [], before, offset };
  const siblings = others.flatMap((other) => (other.value && !isFlow(other.value) ? other.value.text : []));
  return { at: 'value', ...target, path, form: 'flow-item', siblings, before, offset };
}

class FlowReader {
  readonly #text: string;
  readonly #end: number;
  #at = 0;
  #depth = 0;
  #comments: { from: number; to: number }[] = [];

  constructor(text: string, end: number) {
    this.#text = text;
    this.#end = end;
  }

  read(from: number): Flow {
    const kind = this.#text[from] === '{' ? '{' : '[';
    const outer = this.#comments;
    const comments: { from: number; to: number }[] = (this.#comments = []);
    const slots: Slot[] = [];
    this.#at = from + 1;
    this.#depth += 1;
    for (;;) {
      slots.push(this.#slot(kind));
      const closing = this.#text[this.#at];
      if (this.#at >= this.#end || closing !== ',') break;
      this.#at += 1;
    }
    const to = this.#at;
    // past the bracket that closes it, whichever it is
    if (this.#at < this.#end) this.#at += 1;
    this.#comments = outer;
    this.#depth -= 1;
    return { kind, from, to, slots, comments };
  }

  #slot(kind: '[' | '{'): Slot {
    const from = this.#at;
    let key: Word | undefined;
    let colon: number | undefined;
    let value: Word | Flow | undefined;
    for (this.#skip(); this.#at < this.#end && !/[,\]}]/.test(this.#text[this.#at] ?? ''); this.#skip()) {
      const character = this.#text[this.#at];
      if (character === ':' && kind === '{' && colon === undefined) {
        colon = this.#at;
        this.#at += 1;
      } else if ((character === '[' || character === '{') && this.#depth < MAX_DEPTH) {
        const nested = this.read(this.#at);
        value ??= nested;
      } else {
        const word = this.#word();
        if (kind === '{' && colon === undefined) key ??= word;
        else value ??= word;
      }
    }
    return { from, to: this.#at, key, colon, value };
  }

  #skip(): void {
    for (;;) {
      const character = this.#text[this.#at];
      if (this.#at >= this.#end || character === undefined) return;
      if (character === '#' && /\s/.test(this.#text[this.#at - 1] ?? '\n')) {
        const from = this.#at;
        this.#at = this.#lineEnd(from);
        this.#comments.push({ from, to: this.#at });
      } else if (/\s/.test(character)) this.#at += 1;
      else return;
    }
  }

  #word(): Word {
    const from = this.#at;
    const quote = this.#text[from];
    const end = this.#lineEnd(from);
    if (quote === '"' || quote === "'") {
      let close = from + 1;
      while (close < end && this.#text[close] !== quote) close += this.#text[close] === '\\' && quote === '"' ? 2 : 1;
      close = Math.min(close, end);
      this.#at = close < end ? close + 1 : end;
      return { from, to: this.#at, text: this.#text.slice(from + 1, close), quote };
    }
    plainWord.lastIndex = from;
    const body = plainWord.exec(this.#text)?.[0].slice(0, end - from) ?? '';
    const word = body === '' ? (this.#text[from] ?? '') : body.trimEnd();
    this.#at = from + Math.max(word.length, 1);
    return { from, to: from + word.length, text: word, quote: '' };
  }

  #lineEnd(from: number): number {
    const feed = this.#text.indexOf('\n', from);
    return feed < 0 || feed > this.#end ? this.#end : feed;
  }
}
