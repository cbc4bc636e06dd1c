// The shape of a recipe for outline and folding: sections under comments like "### model", keys, values of several lines.
import { flowKeys } from './flow.ts';
import { outlineOf, type OutlineEntry } from './outline.ts';
import { lineEnd, stripComment } from './text.ts';

export interface Section {
  /** Of its comment, without the marks; undefined for keys in front of the first. */
  readonly title: string | undefined;
  readonly from: number;
  readonly to: number;
  readonly keys: readonly KeyPlace[];
}

export interface KeyPlace {
  readonly name: string;
  /** The value's first line, as written. */
  readonly value: string;
  readonly from: number;
  readonly to: number;
  readonly keyTo: number;
}

const heading = /^(?:#{2,}\s*([^#\n]*?)\s*#*|#\s*[-=]{2,}\s*(.*?)\s*[-=]*)\s*$/;

export function sectionsOf(text: string): readonly Section[] {
  const outline = outlineOf(text);
  if (outline.flowStart !== undefined) {
    const keys = flowKeys(text, outline.flowStart).map((word): KeyPlace => ({ name: word.text, value: '', from: word.from, to: word.to, keyTo: word.to })); // prettier-ignore
    return [{ title: undefined, from: 0, to: text.length, keys }];
  }
  const starts: { title: string | undefined; from: number }[] = [{ title: undefined, from: 0 }];
  let at = 0;
  for (const line of text.split('\n')) {
    const match = heading.exec(line.replace(/\r$/, ''));
    const title = match?.[1] || match?.[2];
    if (title) starts.push({ title, from: at });
    at += line.length + 1;
  }
  return starts.flatMap(({ title, from }, index): Section[] => {
    const to = starts[index + 1]?.from ?? text.length;
    const keys = outline.entries.filter(({ lineStart }) => lineStart >= from && lineStart < to).map((entry) => keyPlace(text, entry)); // prettier-ignore
    return title === undefined && keys.length === 0 ? [] : [{ title, from, to: endOfContent(text, from, to), keys }];
  });
}

function keyPlace(text: string, { name, key, colon, end }: OutlineEntry): KeyPlace {
  const value = stripComment(text.slice(colon + 1, lineEnd(text, colon))).trim();
  return { name, value, from: key.from, to: endOfValue(text, colon + 1, end), keyTo: key.to };
}

/** End of the last line that says something, comments and blank lines left out. */
function endOfValue(text: string, from: number, to: number): number {
  let end = lineEnd(text, from);
  let at = end;
  for (const line of text.slice(end, to).split('\n')) {
    const content = stripComment(line.replace(/\r$/, '')).trimEnd();
    if (content.trim() !== '') end = at + content.length;
    at += line.length + 1;
  }
  return Math.max(end, from);
}

const endOfContent = (text: string, from: number, to: number): number => from + text.slice(from, to).trimEnd().length;

/** Ranges that fold: sections, values of several lines, runs of comments. */
export function foldsOf(text: string): readonly { from: number; to: number; isComment: boolean }[] {
  const folds: { from: number; to: number; isComment: boolean }[] = [];
  for (const { title, from, to, keys } of sectionsOf(text)) {
    if (title !== undefined && keys.length > 0) folds.push({ from, to, isComment: false });
    for (const key of keys) if (text.slice(key.from, key.to).includes('\n')) folds.push({ from: key.from, to: key.to, isComment: false }); // prettier-ignore
  }
  for (const match of text.matchAll(/(?:^[ \t]*#(?!#)[^\n]*\n?){2,}/gm)) {
    folds.push({ from: match.index, to: match.index + match[0].trimEnd().length, isComment: true });
  }
  return folds;
}
