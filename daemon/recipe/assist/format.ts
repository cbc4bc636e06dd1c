// Formatting of a recipe: one space after a colon, none at line ends, lists evenly. Comments stay, and what YAML reads stays the same.
import { parseRecipe } from '../parse.ts';
import { stripComment } from './text.ts';

export interface LineEdit {
  /** Line number from 0; its whole text is replaced. undefined: the line is removed. */
  readonly line: number;
  readonly text: string | undefined;
}

/** The formatted text; the text itself where it cannot be read, or where formatting would change what is read. */
export function formatRecipe(text: string): string {
  const before = parseRecipe(text, '');
  if (before.findings.some(({ code }) => code.startsWith('yaml'))) return text;
  const feed = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = text.split(/\r?\n/);
  const formatted: string[] = [];
  let inBlock: number | undefined;
  for (const line of lines) {
    const indent = line.length - line.trimStart().length;
    // the lines of a text block are its content
    if (inBlock !== undefined && (line.trim() === '' || indent > inBlock)) {
      formatted.push(line);
      continue;
    }
    inBlock = /:\s+[|>][-+0-9]*\s*(#.*)?$/.test(line) ? indent : undefined;
    const tidy = formatLine(line);
    // at most one blank line, none at the start
    if (tidy === '' && (formatted.length === 0 || formatted.at(-1) === '')) continue;
    formatted.push(tidy);
  }
  while (formatted.at(-1) === '') formatted.pop();
  const result = formatted.length === 0 ? '' : formatted.join(feed) + feed;
  return sameMeaning(before.entries, parseRecipe(result, '')) ? result : text;
}

function formatLine(line: string): string {
  const content = stripComment(line).trimEnd();
  const comment = line.slice(stripComment(line).length).trim();
  const written = content.trim() === '' ? '' : formatContent(content);
  if (comment === '') return written;
  if (written === '') return `${line.slice(0, line.length - line.trimStart().length)}${spaced(comment)}`.trimEnd();
  // comments are often aligned: each stays in its column where it can
  const column = stripComment(line).length;
  return `${written.padEnd(Math.max(column, written.length + 1))}${spaced(comment)}`;
}

const spaced = (comment: string): string => comment.replace(/^(#+)(?=[^\s#!])/, '$1 ');

function formatContent(content: string): string {
  const [, indent = '', dash = '', rest = ''] = /^(\s*)(-\s+)?(.*)$/.exec(content) ?? [];
  const pair = /^("[^"]*"|'[^']*'|[^\s"'[\]{}#&*!|>%@`,:][^:#]*?)\s*:\s+(.+)$/.exec(rest);
  const body = pair ? `${pair[1]}: ${formatValue(pair[2] ?? '')}` : rest.replace(/\s+:$/, ':');
  return `${indent}${dash === '' ? '' : '- '}${body}`;
}

/** [a,b ] → [a, b]; anything else as it is. */
function formatValue(value: string): string {
  const trimmed = value.trim();
  const list = /^\[([^[\]{}"'#]*)\]$/.exec(trimmed);
  if (!list) return trimmed;
  const items = (list[1] ?? '').split(',').map((item) => item.trim());
  return `[${items.filter((item, index) => item !== '' || index < items.length - 1).join(', ')}]`;
}

function sameMeaning(
  before: ReadonlyMap<string, { readonly value: unknown }>,
  after: ReturnType<typeof parseRecipe>,
): boolean {
  // prettier-ignore
  const values = (entries: ReadonlyMap<string, { readonly value: unknown }>): string =>
    JSON.stringify([...entries].map(([key, { value }]) => [key, value]));
  return values(before) === values(after.entries) && !after.findings.some(({ code }) => code.startsWith('yaml'));
}
