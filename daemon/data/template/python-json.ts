// JSON as Python's json module reads and writes it: tool definitions and calls go through it on their way into a prompt, so
// numbers keep their form (2.0 stays 2.0, 1e3 becomes 1000.0, big integers stay exact), separators are ", " and ": ".

/** A number with the text it had. */
export class PythonNumber {
  readonly text: string;

  constructor(source: string) {
    this.text = /^-?\d+$/.test(source) ? source : pythonFloat(Number(source));
  }
}

export type PythonValue = null | boolean | string | PythonNumber | PythonValue[] | PythonMapping;

export interface PythonMapping {
  [key: string]: PythonValue;
}

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

/** Parses JSON, keeping numbers as written. Throws SyntaxError. */
export function parsePython(text: string): PythonValue {
  const reviver: Reviver = (_, value, { source }) =>
    typeof value === 'number' ? new PythonNumber(source ?? String(value)) : value;
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown) as PythonValue;
}

/** repr of a Python float. */
function pythonFloat(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  if (size >= 1e16 || size < 1e-4) {
    const [digits = '', exponent = '0'] = value.toExponential().split('e');
    const power = Number(exponent);
    return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** json.dumps(value, ensure_ascii=False, indent=indent). */
export function dumpPython(value: PythonValue, indent?: number): string {
  return dump(value, indent, 0);
}

function dump(value: PythonValue, indent: number | undefined, depth: number): string {
  if (value instanceof PythonNumber) return value.text;
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return dumpString(value);
  const isList = Array.isArray(value);
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  const parts = isList
    ? value.map((entry) => dump(entry, indent, depth + 1))
    : Object.entries(value).map(([key, entry]) => `${dumpString(key)}: ${dump(entry, indent, depth + 1)}`);
  if (parts.length === 0) return open + close;
  if (indent === undefined) return open + parts.join(', ') + close;
  const pad = ' '.repeat(indent * (depth + 1));
  return `${open}\n${parts.map((part) => pad + part).join(',\n')}\n${' '.repeat(indent * depth)}${close}`;
}

/** Python escapes control characters, quotes and backslashes, and leaves the rest (DEL and lone surrogates too). */
const dumpString = (text: string): string =>
  `"${text.replace(/["\\\u0000-\u001f]/g, (character) => JSON.stringify(character).slice(1, -1))}"`; // eslint-disable-line no-control-regex
