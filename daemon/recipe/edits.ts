// Edits of a recipe's text that keep everything else as it is: comments, order, quotes.
import type { Edit, Range } from './finding.ts';
import type { RecipeDocument, RecipeEntry } from './document.ts';

export class RecipeEdits {
  readonly #document: RecipeDocument;

  constructor(document: RecipeDocument) {
    this.#document = document;
  }

  /** The entry, where it stands in the file itself. */
  #own(key: string): RecipeEntry | undefined {
    const entry = this.#document.entries.get(key);
    return entry?.own === true ? entry : undefined;
  }

  rename(key: string, to: string): Edit[] {
    const entry = this.#own(key);
    return entry ? [{ range: entry.keyRange, text: to }] : [];
  }

  remove(key: string): Edit[] {
    const entry = this.#own(key);
    return entry ? [{ range: this.#extent(entry), text: '' }] : [];
  }

  /** Gives a key a value: in its place, or on a new line behind the key `after`, or at the end. */
  set(key: string, value: string, after?: string): Edit[] {
    const entry = this.#document.entries.get(key);
    if (entry && !entry.own) return [];
    if (entry) {
      const empty = entry.node.start >= entry.node.end;
      return [{ range: entry.valueRange, text: empty ? `${this.#afterColon(entry)}${value}` : value }];
    }
    return [this.#insert(`${key}: ${value}`, after === undefined ? undefined : this.#own(after))];
  }

  /** An empty value's range is right behind the colon, or behind the key where the parser puts it there. */
  #afterColon(entry: RecipeEntry): string {
    const before = this.#document.text.slice(0, entry.node.start);
    if (before.endsWith(':')) return ' ';
    return /:[ \t]+$/.test(before) ? '' : ': ';
  }

  #insert(line: string, after: RecipeEntry | undefined): Edit {
    const { lines, text, flow, end, entries } = this.#document;
    if (flow) {
      const [key = '', value = ''] = line.split(/: (.*)/s);
      const pair = `"${key}": ${/^(true|false|null|-?[\d.]+(e[-+]?\d+)?)$/.test(value) ? value : JSON.stringify(value)}`;
      const last = text.slice(0, end).trimEnd().length;
      return { range: lines.range(last, last), text: `${entries.size > 0 ? ', ' : ''}${pair}` };
    }
    if (after) {
      const at = lines.start(lines.lineOf(Math.max(after.node.end - 1, after.keyStart)) + 1);
      return this.#newLine(at, line);
    }
    return this.#newLine(end, line);
  }

  #newLine(at: number, line: string): Edit {
    const { lines, text } = this.#document;
    const lineBreak = text.includes('\r\n') ? '\r\n' : '\n';
    const begins = at === 0 || /[\r\n]$/.test(text.slice(0, at));
    return {
      range: lines.range(at, at),
      text: begins ? `${line}${lineBreak}` : `${lineBreak}${line}${at < text.length ? lineBreak : ''}`,
    };
  }

  /** What goes when an entry goes: its lines, or in braces the pair with one comma. */
  #extent(entry: RecipeEntry): Range {
    const { lines, text, flow } = this.#document;
    if (flow) {
      const behind = /^\s*,\s*/.exec(text.slice(entry.node.end));
      if (behind) return lines.range(entry.keyStart, entry.node.end + behind[0].length);
      const before = /,\s*$/.exec(text.slice(0, entry.keyStart));
      return lines.range(entry.keyStart - (before?.[0].length ?? 0), entry.node.end);
    }
    const last = Math.max(entry.keyStart, entry.node.end - 1);
    return lines.range(lines.start(lines.lineOf(entry.keyStart)), lines.start(lines.lineOf(last) + 1));
  }
}

/** The text with edits made; they must not overlap. */
export function applyEdits(document: Pick<RecipeDocument, 'lines' | 'text'>, edits: readonly Edit[]): string {
  const at = (line: number, column: number): number => document.lines.offset(line, column);
  const placed = edits
    .map(({ range, text }) => ({
      start: at(range.line, range.column),
      end: at(range.endLine, range.endColumn),
      text,
    }))
    .sort((a, b) => b.start - a.start || b.end - a.end);
  return placed.reduce((text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end), document.text);
}
