// Where a cursor stands in a recipe that is being typed: at a key, in a value, in a list, or where nothing can be said.
// It reads lines, not a syntax tree: half a line is the normal case here.
import { scanFlow } from './flow.ts';
import { outlineOf, type OutlineEntry } from './outline.ts';

/** Offsets are UTF-16 units from the start of the text; a range is what a chosen word replaces. */
export interface Word {
  readonly from: number;
  readonly to: number;
  /** The word as far as it is written, without quotes. */
  readonly text: string;
  /** The quote it begins with. */
  readonly quote: '' | '"' | "'";
}

export interface KeyCursor extends Word {
  readonly at: 'key';
  /** Keys of the mappings around it; empty at the top. */
  readonly path: readonly string[];
  /** Keys that the mapping around it has already. */
  readonly siblings: readonly string[];
  /** There is a colon after it. */
  readonly hasValue: boolean;
  /** Inside { }: an entry ends with a comma, a key is quoted where the others are. */
  readonly flow: boolean;
}

export interface ValueCursor extends Word {
  readonly at: 'value';
  /** Keys from the top down to the one whose value it is. */
  readonly path: readonly string[];
  readonly form: 'scalar' | 'flow-item' | 'block-item';
  /** Other items of the list. */
  readonly siblings: readonly string[];
  /** Text that must stand in front of what is inserted, e.g. the space after a colon. */
  readonly before: string;
  /** Where the cursor stands in the word. */
  readonly offset: number;
}

export type Cursor = { readonly at: 'nothing' } | KeyCursor | ValueCursor;

const nothing: Cursor = { at: 'nothing' };

export function cursorAt(text: string, offset: number): Cursor {
  const outline = outlineOf(text);
  if (outline.flowStart !== undefined) return scanFlow(text, outline.flowStart, text.length, offset, []);
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const line = text.slice(lineStart, lineEnd(text, offset));
  if (inComment(line, offset - lineStart)) return nothing;
  if (/^(---|\.\.\.|%)/.test(line)) return nothing;
  const owner = outline.entries.findLast((entry) => entry.key.from <= offset || entry.lineStart === lineStart);
  if (owner?.lineStart === lineStart) {
    return offset <= owner.colon ? keyOf(owner, outline.entries) : valueCursor(text, owner, offset);
  }
  const indent = line.length - line.trimStart().length;
  const insideOwner = owner !== undefined && (indent > outline.indent || /^\s*-(\s|$)/.test(line));
  const blank = line.trim() === '';
  if (insideOwner && !(blank && offset - lineStart <= outline.indent)) return valueCursor(text, owner, offset);
  if (owner !== undefined && inUnclosedFlow(text, owner, offset)) return valueCursor(text, owner, offset);
  return freshKey(text, lineStart, offset, outline.entries);
}

const keyOf = ({ key, name }: OutlineEntry, entries: readonly OutlineEntry[]): Cursor => ({
  at: 'key',
  ...key,
  text: name,
  path: [],
  siblings: entries.filter((other) => other.key !== key).map((other) => other.name),
  hasValue: true,
  flow: false,
});

/** A line that has no colon yet. */
function freshKey(text: string, lineStart: number, offset: number, entries: readonly OutlineEntry[]): Cursor {
  const match = /^(\s*)(["']?)([^\s"':]*)["']?\s*$/.exec(text.slice(lineStart, lineEnd(text, offset)));
  if (!match) return nothing;
  const [, indent = '', quote = '', word = ''] = match;
  const from = lineStart + indent.length;
  if (offset < from) return nothing;
  return {
    at: 'key',
    from,
    to: from + quote.length + word.length,
    text: word,
    quote: quote as Word['quote'],
    path: [],
    siblings: entries.map(({ name }) => name),
    hasValue: false,
    flow: false,
  };
}

function valueCursor(text: string, entry: OutlineEntry, offset: number): Cursor {
  const start = entry.colon + 1;
  const head = skipProperties(text, start, entry.end);
  const first = text[head];
  if (first === '[' || first === '{') {
    return offset <= head ? nothing : scanFlow(text, head, entry.end, offset, [entry.name]);
  }
  if (first === '|' || first === '>' || first === '*') return nothing;
  const onKeyLine = !text.slice(start, offset).includes('\n');
  if (onKeyLine) return scalarCursor(text, start, offset, [entry.name]);
  return nestedCursor(text, entry, offset);
}

/** After a colon: the rest of the line up to a comment. */
function scalarCursor(text: string, start: number, offset: number, path: readonly string[]): Cursor {
  const line = text.slice(start, lineEnd(text, offset));
  const [, space = '', quoted = ''] = /^(\s*)(["']?)/.exec(line) ?? [];
  const from = Math.min(start + space.length, Math.max(offset, start));
  const body = stripComment(line.slice(from - start));
  const word = { from, to: from + body.trimEnd().length, quote: quoted as Word['quote'] };
  const before = from === start ? ' ' : '';
  if (offset > word.to && word.to > word.from) return nothing;
  return { at: 'value', ...word, text: unquote(body.trimEnd()), path, form: 'scalar', siblings: [], before, offset };
}

/** Below a key: items of a list, or a mapping of its own. */
function nestedCursor(text: string, entry: OutlineEntry, offset: number): Cursor {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const line = text.slice(lineStart, lineEnd(text, offset));
  const item = /^(\s*)-(\s*)/.exec(line);
  if (item) {
    const [all, , space = ''] = item;
    const from = lineStart + all.length;
    if (offset < from - space.length) return nothing;
    const body = stripComment(text.slice(from, lineEnd(text, offset))).trimEnd();
    const quote = /^["']/.exec(body)?.[0] ?? '';
    const siblings = itemsOf(text, entry, lineStart);
    const before = space === '' ? ' ' : '';
    const word = {
      from: Math.min(from, offset),
      to: from + body.length,
      text: unquote(body),
      quote: quote as Word['quote'],
    };
    return { at: 'value', ...word, path: [entry.name], form: 'block-item', siblings, before, offset };
  }
  const block = outlineOf(text, { from: entry.colon + 1, to: entry.end });
  const here = block.entries.findLast((nested) => nested.lineStart === lineStart);
  if (here) {
    if (offset <= here.colon) {
      const key = keyOf(here, block.entries) as KeyCursor;
      return { ...key, path: [entry.name] };
    }
    return scalarCursor(text, here.colon + 1, offset, [entry.name, here.name]);
  }
  const fresh = freshKey(text, lineStart, offset, block.entries);
  return fresh.at === 'key' ? { ...fresh, path: [entry.name] } : nothing;
}

function itemsOf(text: string, entry: OutlineEntry, exceptLine: number): string[] {
  const items: string[] = [];
  let start = entry.colon + 1;
  for (const line of text.slice(start, entry.end).split('\n')) {
    const [, body] = /^\s*-\s+(.*)$/.exec(line.replace(/\r$/, '')) ?? [];
    if (body !== undefined && start !== exceptLine) items.push(unquote(stripComment(body).trim()));
    start += line.length + 1;
  }
  return items;
}

function inUnclosedFlow(text: string, entry: OutlineEntry, offset: number): boolean {
  const head = skipProperties(text, entry.colon + 1, entry.end);
  if (text[head] !== '[' && text[head] !== '{') return false;
  return offset <= entry.end && scanFlow(text, head, entry.end, offset, [entry.name]).at !== 'nothing';
}

/** Past spaces, line ends, comments, an anchor and a tag. */
function skipProperties(text: string, from: number, to: number): number {
  const match = /^(?:\s+|#[^\n]*|[&!][^\s,[\]{}]*)*/.exec(text.slice(from, to));
  return from + (match?.[0].length ?? 0);
}

export const lineEnd = (text: string, offset: number): number => {
  const feed = text.indexOf('\n', offset);
  const end = feed < 0 ? text.length : feed;
  return text[end - 1] === '\r' && end - 1 >= offset ? end - 1 : end;
};

/** The text of a line up to its comment. */
export function stripComment(line: string): string {
  let quote = '';
  for (let i = 0; i < line.length; i++) {
    const character = line[i] as string;
    if (quote) {
      if (character === '\\' && quote === '"') i += 1;
      else if (character === quote) quote = '';
    } else if ((character === '"' || character === "'") && /(^|[\s,[{:])$/.test(line.slice(0, i))) quote = character;
    else if (character === '#' && (i === 0 || /\s/.test(line[i - 1] ?? ''))) return line.slice(0, i);
  }
  return line;
}

const inComment = (line: string, column: number): boolean => stripComment(line).length < column;

export const unquote = (word: string): string => word.replace(/^(["'])(.*?)\1?$/s, '$2');
