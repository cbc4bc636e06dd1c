// Where a cursor stands in a recipe that is being typed: at a key, in a value, in a list, or where nothing can be said.
// It reads lines, not a syntax tree: half a line is the normal case here.
import { scanFlow } from './flow.ts';
import { outlineOf, type OutlineEntry } from './outline.ts';
import { lineEnd, skipProperties, stripComment, unquote, type Word } from './text.ts';
import { blockItems, wordFrom } from './words.ts';

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
  if (onKeyLine) return scalarCursor(text, behindProperties(text, start, head, offset), offset, [entry.name]);
  return nestedCursor(text, entry, offset);
}

/** Behind an anchor or a tag on the cursor's line, if there is one in front of the cursor. */
function behindProperties(text: string, start: number, head: number, offset: number): number {
  const between = text.slice(start, Math.min(head, offset));
  const last = /[&!][^\s,[\]{}]*(?=\s)/.exec(between);
  return last && !between.includes('#') ? start + last.index + last[0].length : start;
}

/** After a colon: the rest of the line up to a comment. */
function scalarCursor(text: string, start: number, offset: number, path: readonly string[]): Cursor {
  const line = text.slice(start, lineEnd(text, offset));
  const [, space = '', quoted = ''] = /^(\s*)(["']?)/.exec(line) ?? [];
  const from = Math.min(start + space.length, Math.max(offset, start));
  const body = stripComment(line.slice(from - start));
  const written = body.trimEnd();
  // behind a comma the next of several is begun
  const to = written.endsWith(',') ? Math.max(from + written.length, Math.min(offset, from + body.length)) : from + written.length; // prettier-ignore
  const word = { from, to, quote: quoted as Word['quote'] };
  const before = from === start ? ' ' : '';
  if (offset > word.to && word.to > word.from) return nothing;
  return { at: 'value', ...word, text: unquote(written), path, form: 'scalar', siblings: [], before, offset };
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
    const items = blockItems(text, entry).filter((other) => other.lineStart !== lineStart);
    const siblings = items.map((other) => other.word.text);
    const before = space === '' ? ' ' : '';
    const word = { ...wordFrom(text, from), from: Math.min(from, offset) };
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

function inUnclosedFlow(text: string, entry: OutlineEntry, offset: number): boolean {
  const head = skipProperties(text, entry.colon + 1, entry.end);
  if (text[head] !== '[' && text[head] !== '{') return false;
  return offset <= entry.end && scanFlow(text, head, entry.end, offset, [entry.name]).at !== 'nothing';
}

const inComment = (line: string, column: number): boolean => stripComment(line).length < column;
