// The names in a value, each with its place: of one name, of several with commas, of a list in brackets or by lines.
import { lineEnd, skipProperties, stripComment, unquote, type Word } from './text.ts';
import { flowItems, flowValue } from './flow.ts';
import { outlineOf, type OutlineEntry } from './outline.ts';

/** The words of a key's value in the order of the text. With a separator, a text of several falls into its parts. */
export function wordsOf(text: string, key: string, separator?: string): readonly Word[] {
  const outline = outlineOf(text);
  const entry = outline.entries.find(({ name }) => name === key);
  const words =
    outline.flowStart !== undefined ? flowValue(text, outline.flowStart, key) : entry ? valueWords(text, entry) : [];
  return separator === undefined ? words : words.flatMap((word) => partsOf(text, word, separator));
}

function valueWords(text: string, entry: OutlineEntry): readonly Word[] {
  const head = skipProperties(text, entry.colon + 1, entry.end);
  const first = text[head];
  if (head >= entry.end || first === '{' || first === '|' || first === '>' || first === '*') return [];
  if (first === '[') return flowItems(text, head, entry.end);
  if (/^-(\s|$)/.test(text.slice(head, head + 2))) return blockItems(text, entry).map(({ word }) => word);
  return [wordFrom(text, head)];
}

/** The rest of a line from `from` on, without its comment. */
export function wordFrom(text: string, from: number): Word {
  const body = stripComment(text.slice(from, lineEnd(text, from))).trimEnd();
  const quote = (/^["']/.exec(body)?.[0] ?? '') as Word['quote'];
  return { from, to: from + body.length, text: unquote(body), quote };
}

/** The items of a list by lines, each with the start of its line. */
export function blockItems(text: string, entry: OutlineEntry): readonly { lineStart: number; word: Word }[] {
  const items: { lineStart: number; word: Word }[] = [];
  let lineStart = entry.colon + 1;
  for (const line of text.slice(lineStart, entry.end).split('\n')) {
    const head = /^\s*-\s+(?=\S)/.exec(line)?.[0];
    if (head !== undefined && !line.slice(head.length).startsWith('#'))
      items.push({ lineStart, word: wordFrom(text, lineStart + head.length) });
    lineStart += line.length + 1;
  }
  return items;
}

/** The parts of a text of several, each with its place. */
export function partsOf(text: string, word: Word, separator: string): readonly Word[] {
  const written = text.slice(word.from, word.to);
  if (!written.includes(separator)) return [word];
  const open = word.quote.length;
  const closed = open > 0 && written.length > open && written.endsWith(word.quote);
  let from = word.from + open;
  return written
    .slice(open, closed ? -1 : undefined)
    .split(separator)
    .map((part): Word => {
      const start = from + (part.length - part.trimStart().length);
      const end = Math.max(from + part.trimEnd().length, start);
      from += part.length + separator.length;
      return { from: start, to: end, text: part.trim(), quote: '' };
    });
}
