// Text of rows as it is: characters that cannot be seen, or turn the direction of what follows, stand as their names.
import { element, type Child } from '../shared/dom.ts';

/** Controls but line end and tab, soft hyphen, zero widths but the joiners of scripts and emoji, marks and overrides of direction, half characters, tags. */
const unseen =
  /(?![\t\n])\p{Cc}|[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Cs}/gu;

const names: Readonly<Record<string, string>> = {
  '\0': 'NUL', '\x08': 'BS', '\x0b': 'VT', '\x0c': 'FF', '\r': 'CR', '\x1b': 'ESC', '\x7f': 'DEL', '\u00ad': 'SHY',
  '\u200b': 'ZWSP', '\u200e': 'LRM', '\u200f': 'RLM', '\u2028': 'LS', '\u2029': 'PS', '\u202a': 'LRE', '\u202b': 'RLE', '\u202c': 'PDF',
  '\u202d': 'LRO', '\u202e': 'RLO', '\u2060': 'WJ', '\u2066': 'LRI', '\u2067': 'RLI', '\u2068': 'FSI', '\u2069': 'PDI', '\ufeff': 'BOM',
}; // prettier-ignore

/** U+202E RLO. */
const nameOf = (character: string): string => {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const name = names[character];
  return name === undefined ? `U+${code}` : `U+${code} ${name}`;
};

const marked = (character: string): HTMLElement => element('span', { class: 'unseen-char' }, nameOf(character));

/** Nodes of a text; CR in front of LF is part of the line's end and stands as its name, too. */
export function visible(text: string): Child[] {
  const nodes: Child[] = [];
  let from = 0;
  for (const match of text.matchAll(unseen)) {
    if (match.index > from) nodes.push(text.slice(from, match.index));
    nodes.push(marked(match[0]));
    from = match.index + match[0].length;
  }
  if (from < text.length) nodes.push(text.slice(from));
  return nodes;
}

/** The same as one text, for labels and titles. */
export const visibleText = (text: string): string => text.replaceAll(unseen, (character) => `[${nameOf(character)}]`);
