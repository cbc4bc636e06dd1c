// Calls read back out of a model's answer, format by format, as LLaMA-Factory 0.9.5's extractors read them (what it cannot read
// back of its own writing, this cannot either: the formats' facts say where).
import { dumpPython, isList, isMapping, parsePython, pythonText, type PythonValue } from './python-json.ts';
import { parsePythonCalls } from './python-calls.ts';
import { formatOf } from './tools.ts';

export interface ToolCall {
  readonly name: string;
  /** The arguments as JSON text, written as Python writes it. */
  readonly arguments: string;
}

type Reader = (text: string) => readonly ToolCall[] | undefined;

/** The calls in a text; undefined where it is an answer in words. Throws UserError for an unknown format. */
export function parseCalls(formatName: string, text: string): readonly ToolCall[] | undefined {
  formatOf(formatName);
  return readers[formatName]?.(text);
}

/** A value, or undefined where the text is not JSON. */
function jsonOf(text: string): PythonValue | undefined {
  try {
    return parsePython(text);
  } catch {
    return undefined;
  }
}

/** What Python's str.strip() takes off. */
const strip = (text: string): string => text.replace(/^[\s\x1c-\x1f\x85]+|[\s\x1c-\x1f\x85]+$/g, ''); // eslint-disable-line no-control-regex

const callOf = (name: string, args: PythonValue): ToolCall => ({ name, arguments: dumpPython(args) });

/** An object with a name and arguments under `key`. */
function objectCall(value: PythonValue | undefined, key: string): ToolCall | undefined {
  if (!isMapping(value)) return undefined;
  const [name, args] = [value.get('name'), value.get(key)];
  return name === undefined || args === undefined ? undefined : callOf(pythonText(name), args);
}

/** All of them, or none. */
const every = (calls: readonly (ToolCall | undefined)[]): readonly ToolCall[] | undefined =>
  calls.every((call) => call !== undefined) ? calls : undefined;

const readDefault: Reader = (text) => {
  const found = [...text.matchAll(/Action:\s*([a-zA-Z0-9_]+)\s*Action Input:\s*(.+?)(?=\s*Action:|\s*$)/gs)];
  if (found.length === 0) return undefined;
  return every(
    found.map(([, name = '', input = '']) => {
      const args = jsonOf(strip(input).replace(/^"+|"+$/g, '').replace(/^`+|`+$/g, '')); // prettier-ignore
      return args === undefined ? undefined : callOf(name, args);
    }),
  );
};

/** Strings between markers become JSON strings, bare keys are quoted; what is still no JSON stays a text. */
function gemma4Arguments(written: string): string {
  const text = strip(written);
  if (text === '') return '{}';
  const json = `{${text}}`
    .replace(/<\|"\|>(.*?)<\|"\|>/gs, (_, inner: string) => dumpPython(inner))
    .replace(/(^|[{\s,])([A-Za-z_][A-Za-z0-9_]*)(\s*:)/g, '$1"$2"$3');
  let value = jsonOf(json);
  if (value === undefined) value = jsonOf(text);
  if (value === undefined) return text;
  return typeof value === 'string' ? value : dumpPython(value);
}

const readGemma4: Reader = (text) => {
  const found = [...text.matchAll(/<\|tool_call>call:([^{\s]+)\{(.*?)\}<tool_call\|>/gs)];
  if (found.length === 0) return undefined;
  return found.map(([, name = '', args = '']) => ({ name: strip(name), arguments: gemma4Arguments(args) }));
};

const readGlm4: Reader = (text) => {
  const end = text.indexOf('\n');
  const args = end < 0 ? undefined : jsonOf(strip(text.slice(end + 1)));
  return args === undefined ? undefined : [callOf(text.slice(0, end), args)];
};

/** The whole text is one object or a list of them. */
const readWhole =
  (key: string): Reader =>
  (text) => {
    const value = jsonOf(strip(text));
    if (value === undefined) return undefined;
    return every((isList(value) ? value : [value]).map((each) => objectCall(each, key)));
  };

/** The first block's lines; those that are no JSON are passed over. */
const readMinimax1: Reader = (text) => {
  const block = /<tool_calls>\s*(.+?)\s*<\/tool_calls>/s.exec(text)?.[1];
  if (block === undefined) return undefined;
  const values = block.split('\n').map((line) => jsonOf(strip(line)));
  return every(values.filter((value) => value !== undefined).map((value) => objectCall(value, 'arguments')));
};

const readQwen: Reader = (text) => {
  const found = [...text.matchAll(/<tool_call>(.+?)<\/tool_call>(?=\s*<tool_call>|\s*$)/gs)];
  if (found.length === 0) return undefined;
  return every(found.map(([, inner = '']) => objectCall(jsonOf(strip(inner)), 'arguments')));
};

/** Parameters in tags: a value that is JSON is that value, else the text. */
function tagged(block: string, parameter: RegExp, trim: boolean): string {
  const args = new Map<string, PythonValue>();
  for (const [, key = '', raw = ''] of block.matchAll(parameter)) {
    const value = jsonOf(strip(raw));
    args.set(key, value === undefined ? (trim ? strip(raw) : raw) : value);
  }
  return dumpPython(args);
}

/** Blocks of a name and parameters in tags, anywhere in the text. */
const readTagged =
  (block: RegExp, trim: boolean): Reader =>
  (text) => {
    const calls = [...text.matchAll(block)].map(([, name = '', inner = '']) => ({
      name: strip(name),
      arguments: tagged(strip(inner), /<parameter=(.*?)>(.*?)<\/parameter>/gs, trim),
    }));
    return calls.length > 0 ? calls : undefined;
  };

const readMinimax2: Reader = (text) => {
  const block = /<minimax:tool_call>\s*(.+?)\s*<\/minimax:tool_call>/s.exec(text)?.[1];
  if (block === undefined) return undefined;
  return [...block.matchAll(/<invoke name="(.*?)">(.*?)<\/invoke>/gs)].map(([, name = '', inner = '']) => ({
    name: strip(name),
    arguments: tagged(inner, /<parameter name="(.*?)">(.*?)<\/parameter>/gs, false),
  }));
};

/** Text between the markers as Python calls with keyword arguments. */
const readLfm2: Reader = (text) => {
  const [open, close] = ['<|tool_call_start|>', '<|tool_call_end|>'];
  const start = text.indexOf(open);
  const end = start < 0 ? -1 : text.indexOf(close, start);
  const calls = end < 0 ? undefined : parsePythonCalls(strip(text.slice(start + open.length, end)));
  return calls?.map(({ name, arguments: args }) => callOf(name, args));
};

const readers: Readonly<Record<string, Reader>> = {
  default: readDefault,
  gemma4: readGemma4,
  glm4: readGlm4,
  glm4_moe: readQwen,
  lfm2: readLfm2,
  ling: readQwen,
  llama3: readWhole('parameters'),
  minimax1: readMinimax1,
  minimax2: readMinimax2,
  mistral: readWhole('arguments'),
  qwen: readQwen,
  qwen3_5: readTagged(/<tool_call>\s*<function=\s*([^\s<>]+)\s*(.*?)\s*<\/function>\s*<\/tool_call>/gs, true),
  seed_oss: readTagged(
    /<seed:tool_call>\s*<function=\s*([^\s<]+)\s*(.*?)\s*<\/function>\s*<\/seed:tool_call>/gs,
    false,
  ),
};
