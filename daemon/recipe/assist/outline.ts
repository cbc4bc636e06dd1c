// The top-level keys of a recipe by lines, with their offsets: holds however broken the text between them is.

export interface OutlineEntry {
  readonly name: string;
  readonly key: { readonly from: number; readonly to: number; readonly quote: '' | '"' | "'" };
  /** Start of its line. */
  readonly lineStart: number;
  readonly colon: number;
  /** Where the next entry's line begins, or the text ends. */
  readonly end: number;
}

export interface Outline {
  readonly entries: readonly OutlineEntry[];
  /** Columns in front of the keys. */
  readonly indent: number;
  /** The recipe is one { … }: where it opens. */
  readonly flowStart: number | undefined;
}

const keyLine =
  /^(\s*)(?:"([^"\n]*)"|'([^'\n]*)'|([^\s#"'[\]{},&*!|>%@`?-][^\s:#,[\]{}]*|-[^\s:#,[\]{}]+))\s*:(?=\s|$)/;

/** Entries of the text, or of the mapping below a key. */
export function outlineOf(text: string, part?: { readonly from: number; readonly to: number }): Outline {
  const { from, to } = part ?? { from: 0, to: text.length };
  const head = /^(?:\uFEFF|\s+|#[^\n]*|(?<![^\n])---(?=\s))*/.exec(text.slice(from, to))?.[0].length ?? 0;
  if (!part && text[head] === '{') return { entries: [], indent: 0, flowStart: head };
  const found: Omit<OutlineEntry, 'end'>[] = [];
  let lineStart = from;
  let indent: number | undefined;
  for (const line of text.slice(from, to).split('\n')) {
    const match = keyLine.exec(line.replace(/^\uFEFF/, ' '));
    // a nested mapping starts below its key's line
    if (match && !(part && lineStart === from)) {
      const [all, space = '', double, single, plain] = match;
      indent ??= space.length;
      if (space.length <= indent) {
        const quote = double !== undefined ? '"' : single !== undefined ? "'" : '';
        const name = double ?? single ?? plain ?? '';
        const keyFrom = lineStart + space.length;
        const key = { from: keyFrom, to: keyFrom + name.length + 2 * quote.length, quote } as const;
        found.push({ name, key, lineStart, colon: lineStart + all.length - 1 });
      }
    }
    lineStart += line.length + 1;
  }
  const entries = found.map((entry, index) => ({ ...entry, end: found[index + 1]?.lineStart ?? to }));
  return { entries, indent: indent ?? 0, flowStart: undefined };
}
