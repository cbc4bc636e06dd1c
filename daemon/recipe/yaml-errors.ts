// What a YAML error means in a recipe: the line at fault, one sentence, and the text that was probably meant.
import * as l10n from '@vscode/l10n';
import { isMap, isScalar, isSeq, type Node, type Pair, type YAMLError } from 'yaml';
import type { Fix } from './finding.ts';
import type { Lines } from './lines.ts';

export interface Problem {
  readonly start: number;
  readonly end: number;
  readonly message: string;
  /** yaml-syntax, unless said otherwise. */
  readonly code?: string;
  readonly fix?: Fix;
}

/** One `key: value` line taken apart, as offsets of the whole text. */
interface KeyLine {
  readonly key: string;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

export function explainSyntax(lines: Lines, error: YAMLError, contents: Node | null | undefined): Problem {
  const [at] = error.pos;
  const line = filledLine(lines, lines.lineOf(Math.min(at, Math.max(0, lines.text.length - 1))));
  return (
    firstLine(lines, line, contents) ??
    explanations[error.code]?.({ lines, line, error, contents }) ??
    general(lines, line, error)
  );
}

/** The parser's place may be among the comments and blank lines in front of what is wrong. */
function filledLine(lines: Lines, from: number): number {
  let line = from;
  while (line < lines.count && /^\s*(#.*)?$/.test(lines.line(line))) line += 1;
  return line;
}

/** Where the first line is no key with a value, the parser stumbles over the ones below it. */
function firstLine(lines: Lines, line: number, contents: Node | null | undefined): Problem | undefined {
  const start = contents?.range?.[0];
  if (!contents || start === undefined || isMap(contents) || lines.lineOf(start) >= line) return undefined;
  const first = lines.lineOf(start);
  if (isScalar(contents) && contents.type === 'PLAIN') return noColon(lines, first);
  if (isScalar(contents) && contents.type?.startsWith('QUOTE')) {
    const end = lines.start(first) + lines.line(first).trimEnd().length;
    return { start, end, message: l10n.t('The quote that begins here is never closed.') };
  }
  const dash = isSeq(contents) && !contents.flow ? /^(\s*)-\s+(?=[\w.-]+\s*:(\s|$))/.exec(lines.line(first)) : null;
  if (!dash) return undefined;
  const range = lines.range(lines.start(first), lines.start(first) + dash[0].length);
  return {
    start,
    end: lines.start(first) + lines.line(first).trimEnd().length,
    message: l10n.t('A recipe is a mapping of keys to values: a key stands without a dash in front.'),
    fix: { title: l10n.t('Remove the dash'), text: '', edits: [{ range, text: dash[1] ?? '' }] },
  };
}

interface Place {
  readonly lines: Lines;
  readonly line: number;
  readonly error: YAMLError;
  readonly contents: Node | null | undefined;
}

type Explain = (place: Place) => Problem | undefined;

const noKey: Explain = ({ lines, line }) => nested(lines, line) ?? noColon(lines, line) ?? indented(lines, line + 1);

/** By the parser's name for an error. */
const explanations: Partial<Readonly<Record<YAMLError['code'], Explain>>> = {
  TAB_AS_INDENT: ({ lines, line }) => tab(lines, line),
  BAD_DQ_ESCAPE: ({ lines, line, error }) => escape(lines, line, error.pos[0]),
  BAD_SCALAR_START: ({ lines, line }) =>
    quoteValue(lines, line, (value) => l10n.t('A value cannot begin with "{0}": put it in quotes.', value.slice(0, 1))),
  BLOCK_AS_IMPLICIT_KEY: noKey,
  MULTILINE_IMPLICIT_KEY: noKey,
  MISSING_CHAR: ({ lines, line, error, contents }) =>
    unclosedQuote(lines, error, contents) ?? nested(lines, line) ?? noColon(lines, line),
  BAD_INDENT: ({ lines, line, error, contents }) =>
    unclosedBracket(lines, error.pos[0], contents) ?? indented(lines, line),
  UNEXPECTED_TOKEN: ({ lines, line }) => innerQuotes(lines, line) ?? (line > 1 ? indented(lines, line) : undefined),
};

function general(lines: Lines, line: number, { pos, message }: YAMLError): Problem {
  const start = Math.max(pos[0], lines.start(line));
  const end = Math.min(Math.max(pos[1], start + 1), lines.start(line + 1));
  return { start, end, message: l10n.t('The YAML cannot be read here: {0}.', message) };
}

/** Takes `key: value  # comment` apart. */
function keyLine(lines: Lines, line: number): KeyLine | undefined {
  const match = /^(\s*(?:- )?)([^\s:#][^:]*?)(\s*:[ \t]+)(.*?)(?:[ \t]+#.*)?[ \t]*$/u.exec(lines.line(line));
  if (!match) return undefined;
  const [, indent = '', key = '', colon = '', value = ''] = match;
  const start = lines.start(line) + indent.length + key.length + colon.length;
  return { key, value, start, end: start + value.length };
}

/** A value in quotes that keep every character as it is. */
export const quoted = (value: string): string =>
  value.includes("'") || /[\n\t]/.test(value) ? JSON.stringify(value) : `"${value}"`;

function quoteValue(lines: Lines, line: number, message: (value: string) => string): Problem {
  const found = keyLine(lines, line);
  const start = found?.start ?? lines.start(line);
  const value = found?.value ?? lines.line(line);
  const text = value.includes('\\') || value.includes('"') ? `'${value.replaceAll("'", "''")}'` : quoted(value);
  return { start, end: start + value.length, message: message(value), fix: quotes(lines, start, value, text) };
}

const quotes = (lines: Lines, start: number, value: string, text: string): Fix => ({
  title: l10n.t('Put it in quotes'),
  text,
  edits: [{ range: lines.range(start, start + value.length), text }],
});

/** `run_name: exp: first try` */
function nested(lines: Lines, line: number): Problem | undefined {
  const found = keyLine(lines, line);
  if (!found || !/:(\s|$)/.test(found.value) || /^["'[{]/.test(found.value)) return undefined;
  const text = quoted(found.value);
  return {
    start: found.start,
    end: found.end,
    message: l10n.t('A value with ": " in it must be in quotes: {0}.', text),
    fix: quotes(lines, found.start, found.value, text),
  };
}

/** `lora_rank:16`, `stage sft`, `stage：sft` */
function noColon(lines: Lines, line: number): Problem | undefined {
  const text = lines.line(line);
  if (/^[ \t]*[\w.-]+[ \t]*:([ \t]|$)/.test(text)) return undefined;
  const start = lines.start(line) + (/^\s*/.exec(text)?.[0].length ?? 0);
  const end = lines.start(line) + text.trimEnd().length;
  const separated = /^(\s*[\w.-]+)(\s*(?:：|:|=)[\u00A0\u3000\s]*|\s+)(\S.*)$/u.exec(text);
  if (!separated) {
    const message = l10n.t('A line is a key, a colon and a value, like "stage: sft".');
    return start < end ? { start, end, message } : undefined;
  }
  const [, key = '', between = '', value = ''] = separated;
  const fixed = `${key}: ${value}`;
  const range = lines.range(lines.start(line), lines.start(line) + text.length);
  const wide = /[：\u00A0\u3000]/.exec(between);
  const fix = { title: l10n.t('Write {0}', fixed.trim()), text: fixed, edits: [{ range, text: fixed }] };
  if (!wide) {
    const message = l10n.t('Between a key and its value stand a colon and a space: {0}.', fixed.trim());
    return { start, end, message, fix };
  }
  const at = lines.start(line) + key.length;
  const message = l10n.t('The sign behind {0} is a full-width or no-break character: write {1}.', key.trim(), fixed.trim()); // prettier-ignore
  return { start: at, end: at + between.length, message, code: 'invisible-character', fix };
}

/** A line that stands further in, or further out, than the keys above it. */
function indented(lines: Lines, line: number): Problem | undefined {
  const text = lines.line(line);
  const indent = /^[ \u00A0\u3000]+/.exec(text)?.[0];
  if (indent === undefined) return undefined;
  const range = lines.range(lines.start(line), lines.start(line) + indent.length);
  return {
    start: lines.start(line),
    end: lines.start(line) + text.trimEnd().length,
    message: l10n.t('This line is indented differently from the lines above it; keys of a recipe begin in the same column.'), // prettier-ignore
    fix: { title: l10n.t('Remove the indentation'), text: '', edits: [{ range, text: '' }] },
  };
}

function tab(lines: Lines, line: number): Problem {
  const indent = /^[ \t]*/.exec(lines.line(line))?.[0] ?? '';
  const start = lines.start(line);
  const range = lines.range(start, start + indent.length);
  return {
    start,
    end: start + Math.max(lines.line(line).trimEnd().length, 1),
    message: l10n.t('YAML does not take tabs as indentation: use spaces.'),
    fix: { title: l10n.t('Remove the tab'), text: '', edits: [{ range, text: indent.replaceAll('\t', '') }] },
  };
}

/** `"D:\models"`: the backslash begins an escape. */
function escape(lines: Lines, line: number, at: number): Problem {
  const found = keyLine(lines, line);
  const inner = found && /^"([^"]*)"$/.exec(found.value)?.[1];
  const message = l10n.t('In double quotes a backslash begins an escape, and "{0}" is none: use single quotes.', lines.text.slice(at, at + 2)); // prettier-ignore
  if (found === undefined || inner === undefined) return { start: at, end: at + 2, message };
  const text = `'${inner.replaceAll("'", "''")}'`;
  return { start: found.start, end: found.end, message, fix: quotes(lines, found.start, found.value, text) };
}

/** `'You're a clerk.'`, `"Say "hi""` */
function innerQuotes(lines: Lines, line: number): Problem | undefined {
  const found = keyLine(lines, line);
  const [quote] = found?.value ?? '';
  if (!found || (quote !== "'" && quote !== '"')) return undefined;
  const closed = found.value.length > 1 && found.value.endsWith(quote);
  const inner = found.value.slice(1, closed ? -1 : undefined);
  const text =
    quote === '"' || inner.includes('"') || inner.includes('\\') ? `'${inner.replaceAll("'", "''")}'` : `"${inner}"`;
  const whole = closed ? text : `'${found.value.replaceAll("'", "''")}'`;
  return {
    start: found.start,
    end: found.end,
    message: l10n.t('The quote ends before the value does; write {0}.', whole),
    fix: quotes(lines, found.start, found.value, whole),
  };
}

/** The value of the top mapping that holds or ends at an offset. */
function valueAt(contents: Node | null | undefined, offset: number): Node | undefined {
  if (!isMap(contents)) return undefined;
  const values = (contents.items as Pair<Node, Node | null>[]).map(({ value }) => value ?? undefined);
  return values.findLast((value) => (value?.range?.[0] ?? Number.POSITIVE_INFINITY) < offset);
}

function unclosedQuote(lines: Lines, error: YAMLError, contents: Node | null | undefined): Problem | undefined {
  if (!error.message.startsWith('Missing closing') || !/quote/.test(error.message)) return undefined;
  const node = valueAt(contents, error.pos[0]);
  if (!isScalar(node) || !node.range) return undefined;
  const [start] = node.range;
  const line = lines.lineOf(start);
  const end = lines.start(line) + lines.line(line).trimEnd().length;
  const value = lines.text.slice(start, end);
  const text = value + value.slice(0, 1);
  return {
    start,
    end,
    message: l10n.t('The quote that begins here is never closed.'),
    fix: { title: l10n.t('Close the quote'), text, edits: [{ range: lines.range(start, end), text }] },
  };
}

function unclosedBracket(lines: Lines, at: number, contents: Node | null | undefined): Problem | undefined {
  const start = valueAt(contents, at)?.range?.[0];
  const bracket = start === undefined ? undefined : lines.text[start];
  if (start === undefined || (bracket !== '[' && bracket !== '{')) return undefined;
  const line = lines.lineOf(start);
  const end = lines.start(line) + lines.line(line).trimEnd().length;
  const close = bracket === '[' ? ']' : '}';
  const range = lines.range(end, end);
  return {
    start,
    end,
    message: l10n.t('The bracket "{0}" that begins here is never closed.', bracket),
    fix: { title: l10n.t('Add "{0}"', close), text: close, edits: [{ range, text: close }] },
  };
}
