// Python calls with literals as keyword arguments, `f(a=1, b="x")` or a list of them: the one tool format that writes code.
import { PythonNumber, type PythonMapping, type PythonValue } from './python-json.ts';
import { TextCursor } from './text-cursor.ts';

export interface PythonCall {
  readonly name: string;
  readonly arguments: PythonMapping;
}

/**
 * One call, or a list of calls; positional arguments are dropped. true, false and null count as values of their own, but not
 * inside others. Undefined for anything else, as for text that is not Python.
 */
export function parsePythonCalls(text: string): readonly PythonCall[] | undefined {
  try {
    const reader = new Reader(text);
    const calls = reader.calls();
    reader.end();
    return calls.length > 0 ? calls : undefined;
  } catch (error) {
    if (error instanceof NotACall) return undefined;
    throw error;
  }
}

class NotACall extends Error {}

const space = /(?:[ \t\f\r\n]|\\\r?\n|#[^\n]*)*/y;
const identifier = /[\p{L}_][\p{L}\p{N}_]*/uy;
const number =
  /0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*)?\.\d(?:_?\d)*(?:[eE][-+]?\d(?:_?\d)*)?|\d(?:_?\d)*\.?(?:[eE][-+]?\d(?:_?\d)*)?/y;
const stringStart = /([rRuU]?)('''|"""|'|")/y;
const escapes: Readonly<Record<string, string>> = {
  '\n': '', '\\': '\\', "'": "'", '"': '"', a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v',
}; // prettier-ignore
const words: ReadonlyMap<string, PythonValue> = new Map<string, PythonValue>([['True', true], ['False', false], ['None', null]]); // prettier-ignore
const jsonWords: ReadonlyMap<string, PythonValue> = new Map<string, PythonValue>([['true', true], ['false', false], ['null', null]]); // prettier-ignore

class Reader extends TextCursor {
  calls(): PythonCall[] {
    if (!this.take('[')) return [this.#call()];
    return this.#listed(']', () => this.#call());
  }

  end(): void {
    this.match(space);
    if (this.at < this.text.length) throw new NotACall();
  }

  #call(): PythonCall {
    this.match(space);
    const name = this.match(identifier);
    if (name === '' || !this.take('(')) throw new NotACall();
    const args = new Map<string, PythonValue>();
    let named = false;
    this.#listed(')', () => {
      this.match(space);
      const start = this.at;
      const key = this.match(identifier);
      if (key !== '' && this.take('=') && this.text[this.at] !== '=') {
        if (args.has(key)) throw new NotACall();
        args.set(key, this.#argument());
        named = true;
        return;
      }
      this.at = start;
      if (named) throw new NotACall();
      this.#positional();
    });
    return { name, arguments: args };
  }

  /** A value of a keyword: a literal, or one of JSON's words. */
  #argument(): PythonValue {
    this.match(space);
    const start = this.at;
    const word = jsonWords.get(this.match(identifier));
    if (word !== undefined) return word;
    this.at = start;
    return this.#literal();
  }

  /** Dropped: any literal or name. */
  #positional(): void {
    const start = this.at;
    const word = this.match(identifier);
    const next = this.text[this.at];
    if (word !== '' && next !== '"' && next !== "'") return;
    this.at = start;
    this.#literal();
  }

  #literal(): PythonValue {
    this.match(space);
    if (this.take('[')) return this.#listed(']', () => this.#literal());
    if (this.take('(')) return this.#tuple();
    if (this.take('{')) return this.#mapping();
    if (this.take('-')) return this.#signed('-');
    if (this.take('+')) return this.#signed('');
    const string = this.#strings();
    if (string !== undefined) return string;
    const digits = this.match(number);
    if (digits !== '') return numberOf(digits);
    const word = words.get(this.match(identifier));
    if (word === undefined) throw new NotACall();
    return word;
  }

  #signed(sign: string): PythonValue {
    this.match(space);
    const digits = this.match(number);
    if (digits === '') throw new NotACall();
    return new PythonNumber(sign + numberOf(digits).text);
  }

  /** A tuple counts as a list; one value in brackets as itself. */
  #tuple(): PythonValue {
    let commas = 0;
    const values = this.#listed(')', () => this.#literal(), () => (commas += 1)); // prettier-ignore
    return values.length === 1 && commas === 0 ? (values[0] ?? null) : values;
  }

  #mapping(): PythonMapping {
    const mapping = new Map<string, PythonValue>();
    this.#listed('}', () => {
      const key = this.#literal();
      if (!this.take(':')) throw new NotACall();
      mapping.set(keyText(key), this.#literal());
    });
    return mapping;
  }

  /** Entries up to `close`, with commas between them and perhaps one at the end. */
  #listed<T>(close: string, entry: () => T, comma: () => void = () => undefined): T[] {
    const entries: T[] = [];
    while (!this.take(close)) {
      entries.push(entry());
      if (this.take(',')) comma();
      else if (this.take(close)) return entries;
      else throw new NotACall();
    }
    return entries;
  }

  /** Strings that follow each other are one. */
  #strings(): string | undefined {
    let whole: string | undefined;
    for (;;) {
      this.match(space);
      stringStart.lastIndex = this.at;
      const [start, prefix = '', quote = ''] = stringStart.exec(this.text) ?? [];
      if (start === undefined) return whole;
      this.at += start.length;
      whole = (whole ?? '') + this.#string(quote, prefix.toLowerCase() === 'r');
    }
  }

  #string(quote: string, raw: boolean): string {
    let text = '';
    while (!this.text.startsWith(quote, this.at)) {
      const character = this.text[this.at];
      if (character === undefined || (character === '\n' && quote.length === 1)) throw new NotACall();
      this.at += 1;
      if (character !== '\\') text += character;
      else if (raw) text += `\\${this.text[this.at++] ?? ''}`;
      else text += this.#escape();
    }
    this.at += quote.length;
    return text;
  }

  #escape(): string {
    const letter = this.text[this.at] ?? '';
    const code = this.match(/x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}/y);
    if (code !== '') {
      const point = /^[0-7]/.test(code) ? Number.parseInt(code, 8) : Number.parseInt(code.slice(1), 16);
      if (point > 0x10ffff) throw new NotACall();
      return String.fromCodePoint(point);
    }
    if ('xuUN'.includes(letter)) throw new NotACall();
    this.at += 1;
    return escapes[letter] ?? `\\${letter}`;
  }

  /** A character behind white space. */
  override take(character: string): boolean {
    this.match(space);
    return super.take(character);
  }
}

function numberOf(digits: string): PythonNumber {
  const plain = digits.replaceAll('_', '');
  if (/^0[xXoObB]/.test(plain)) return new PythonNumber(BigInt(plain).toString());
  if (/^0\d*[1-9]/.test(plain) && /^\d+$/.test(plain)) throw new NotACall();
  if (/^\d+$/.test(plain)) return new PythonNumber(BigInt(plain).toString());
  return new PythonNumber(plain.replace(/^\./, '0.'));
}

/** A key as json.dumps writes it. */
function keyText(key: PythonValue): string {
  if (typeof key === 'string') return key;
  if (key instanceof PythonNumber) return key.text;
  if (key === null || typeof key === 'boolean') return String(key);
  throw new NotACall();
}
