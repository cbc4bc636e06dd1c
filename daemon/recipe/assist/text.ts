// Words and lines of a recipe's text: where they end, what is a comment, what quotes hold.

/** Offsets are UTF-16 units from the start of the text; a range is what a chosen word replaces. */
export interface Word {
  readonly from: number;
  readonly to: number;
  /** The word as far as it is written, without quotes. */
  readonly text: string;
  /** The quote it begins with. */
  readonly quote: '' | '"' | "'";
}

/** Past spaces, line ends, comments, an anchor and a tag. */
export function skipProperties(text: string, from: number, to: number): number {
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

export const unquote = (word: string): string => word.replace(/^(["'])(.*?)\1?$/s, '$2');
