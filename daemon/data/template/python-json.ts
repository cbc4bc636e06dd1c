// JSON as Python's json module reads and writes it: tool definitions and calls go through it on their way into a prompt, so
// numbers keep their form (2.0 stays 2.0, 1e3 becomes 1000.0, big integers stay exact), keys keep their order (JavaScript
// objects sort those that look like numbers), separators are ", " and ": ".
import { TextCursor } from './text-cursor.ts';

/** A number with the text Python gives it. */
export class PythonNumber {
  readonly text: string;

  constructor(source: string) {
    this.text = /^-?\d+$/.test(source) ? source.replace(/^-0$/, '0') : pythonFloat(Number(source));
  }
}

export type PythonValue = null | boolean | string | PythonNumber | readonly PythonValue[] | PythonMapping;

export type PythonMapping = ReadonlyMap<string, PythonValue>;

export const isMapping = (value: PythonValue | undefined): value is PythonMapping => value instanceof Map;

export const isList = (value: PythonValue | undefined): value is readonly PythonValue[] => Array.isArray(value);

/** Parses JSON as json.loads does: NaN and Infinity too, numbers as written, of equal keys the last. Throws SyntaxError. */
export function parsePython(text: string): PythonValue {
  const parser = new Parser(text);
  const value = parser.value();
  parser.end();
  return value;
}

const space = /[ \t\n\r]*/y;
const number = /(-?(?:0|[1-9]\d*))(\.\d+)?([eE][-+]?\d+)?/y;
const plain = /[^"\\\u0000-\u001f]*/y; // eslint-disable-line no-control-regex
const words: readonly (readonly [string, PythonValue])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', new PythonNumber('NaN')],
  ['Infinity', new PythonNumber('Infinity')],
  ['-Infinity', new PythonNumber('-Infinity')],
];
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

class Parser extends TextCursor {
  value(): PythonValue {
    this.match(space);
    const value = this.#bare();
    this.match(space);
    return value;
  }

  end(): void {
    if (this.at < this.text.length) this.#fail('more text after the value');
  }

  #bare(): PythonValue {
    const start = this.text[this.at];
    if (start === '"') return this.#string();
    if (start === '{') return this.#mapping();
    if (start === '[') return this.#list();
    for (const [word, value] of words) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    const digits = this.match(number);
    return digits === '' ? this.#fail('no value') : new PythonNumber(digits);
  }

  #list(): PythonValue[] {
    const list: PythonValue[] = [];
    this.at += 1;
    this.match(space);
    if (this.take(']')) return list;
    for (;;) {
      list.push(this.value());
      if (this.take(']')) return list;
      if (!this.take(',')) this.#fail('no comma between entries');
    }
  }

  #mapping(): PythonMapping {
    const mapping = new Map<string, PythonValue>();
    this.at += 1;
    this.match(space);
    if (this.take('}')) return mapping;
    for (;;) {
      this.match(space);
      if (this.text[this.at] !== '"') this.#fail('no key in quotes');
      const key = this.#string();
      this.match(space);
      if (!this.take(':')) this.#fail('no colon after a key');
      mapping.set(key, this.value());
      if (this.take('}')) return mapping;
      if (!this.take(',')) this.#fail('no comma between entries');
    }
  }

  #string(): string {
    this.at += 1;
    let text = this.match(plain);
    for (;;) {
      const next = this.text[this.at];
      if (next === '"') {
        this.at += 1;
        return text;
      }
      if (next !== '\\') this.#fail('a string without end');
      text += this.#escape() + this.match(plain);
    }
  }

  #escape(): string {
    const letter = this.text[this.at + 1] ?? '';
    if (letter === 'u') {
      const digits = this.text.slice(this.at + 2, this.at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.#fail('a broken \\u');
      this.at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const character = escapes[letter];
    if (character === undefined) this.#fail('an unknown escape');
    this.at += 2;
    return character;
  }

  #fail(what: string): never {
    throw new SyntaxError(`${what} at character ${this.at + 1}`);
  }
}

/** repr of a Python float, and what json writes for those that are no numbers. */
function pythonFloat(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e16 || size < 1e-4) {
    const [digits = '', exponent = '0'] = value.toExponential().split('e');
    const power = Number(exponent);
    return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** What a data file holds as Python values. Whole numbers count as integers. */
export function toPython(value: unknown): PythonValue {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return new PythonNumber(String(value));
  if (Array.isArray(value)) return value.map(toPython);
  if (typeof value !== 'object' || value === null) return null;
  return new Map(Object.entries(value).map(([key, entry]) => [key, toPython(entry)]));
}

/** json.dumps(value, ensure_ascii=False, indent=indent). */
export function dumpPython(value: PythonValue, indent?: number): string {
  return dump(value, indent, 0);
}

function dump(value: PythonValue, indent: number | undefined, depth: number): string {
  if (value instanceof PythonNumber) return value.text;
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return dumpString(value);
  const [open, close] = isMapping(value) ? ['{', '}'] : ['[', ']'];
  const parts: string[] = [];
  if (isMapping(value))
    for (const [key, entry] of value) parts.push(`${dumpString(key)}: ${dump(entry, indent, depth + 1)}`);
  else for (const entry of value) parts.push(dump(entry, indent, depth + 1));
  if (parts.length === 0) return open + close;
  if (indent === undefined) return open + parts.join(', ') + close;
  const pad = ' '.repeat(indent * (depth + 1));
  return `${open}\n${parts.map((part) => pad + part).join(',\n')}\n${' '.repeat(indent * depth)}${close}`;
}

/** Python escapes control characters, quotes and backslashes, and leaves the rest (DEL and lone surrogates too). */
const dumpString = (text: string): string =>
  `"${text.replace(/["\\\u0000-\u001f]/g, (character) => JSON.stringify(character).slice(1, -1))}"`; // eslint-disable-line no-control-regex

/** str(value): what an f-string writes for it. */
export function pythonText(value: PythonValue | undefined): string {
  return typeof value === 'string' ? value : repr(value ?? null);
}

/** f'{mapping.get(key, "")}'. */
export const fieldText = (mapping: PythonMapping, key: string): string =>
  mapping.has(key) ? pythonText(mapping.get(key)) : '';

function repr(value: PythonValue): string {
  if (value instanceof PythonNumber) return value.text;
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return reprString(value);
  if (isMapping(value)) return `{${[...value].map(([key, entry]) => `${reprString(key)}: ${repr(entry)}`).join(', ')}}`;
  return `[${value.map(repr).join(', ')}]`;
}

function reprString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replace(/[\\\n\r\t]|\p{Cc}/gu, (character) => {
    const short = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character];
    return short ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return quote + (quote === "'" ? body.replaceAll("'", "\\'") : body) + quote;
}

/** sorted(): by code points, which UTF-16 does not order by. */
export function byCodePoint(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
