// Where PyYAML, which LLaMA-Factory reads recipes with, differs from the parser here: stricter about tabs and control characters, line
// breaks of its own, and looser about brackets that go on at the margin.
import * as l10n from '@vscode/l10n';
import { isCollection, isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import type { Lines } from './lines.ts';
import type { Problem } from './yaml-errors.ts';

/** The first problem that only PyYAML has; none where another one (at `before`) comes first. */
export function strictProblem(
  lines: Lines,
  contents: Node | null | undefined,
  before: number | undefined,
): Problem | undefined {
  const free = freeRanges(contents);
  const isFree = (offset: number): boolean => free.some(([from, to]) => offset >= from && offset < to);
  const found = [
    controlCharacter(lines),
    leadingTab(lines, isFree),
    tabBeforeBrackets(lines, contents),
    lineSeparator(lines, (offset) => isFree(offset) && !isBlockText(contents, offset)),
  ];
  return found
    .filter((problem) => problem !== undefined && (before === undefined || problem.start <= before))
    .sort((a, b) => (a?.start ?? 0) - (b?.start ?? 0))[0];
}

/** Where line breaks and tabs mean nothing: in quotes, in block texts and between brackets. */
function freeRanges(node: Node | null | undefined): (readonly [number, number])[] {
  if (isScalar(node)) return node.type === 'PLAIN' || !node.range ? [] : [[node.range[0], node.range[1]]];
  if (!isCollection(node)) return [];
  if (node.flow && node.range) return [[node.range[0], node.range[1]]];
  if (isSeq(node)) return node.items.flatMap((item) => freeRanges(item as Node));
  if (!isMap(node)) return [];
  return (node.items as Pair<Node, Node | null>[]).flatMap(({ key, value }) => [
    ...freeRanges(key),
    ...freeRanges(value),
  ]);
}

const codePoint = (text: string): string => (text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');

/** Characters that no YAML text may hold. */
function controlCharacter({ text }: Lines): Problem | undefined {
  const match = /[^\t\n\r\u0020-\u007E\u0085\u00A0-\uFFFD]/u.exec(text.replace(/[\u{10000}-\u{10FFFF}]/gu, 'xx'));
  if (!match) return undefined;
  return {
    start: match.index,
    end: match.index + match[0].length,
    message: l10n.t('The control character U+{0} cannot stand in YAML: remove it.', codePoint(match[0])),
    fix: { title: l10n.t('Remove it'), text: '', safe: true },
  };
}

/** A tab in front of nothing but a comment, or nothing at all. */
function leadingTab(lines: Lines, isFree: (offset: number) => boolean): Problem | undefined {
  for (const match of lines.text.matchAll(/^( *)\t[ \t]*(?=#|\r|\n|$)/gm)) {
    const start = match.index + (match[1]?.length ?? 0);
    if (isFree(start)) continue;
    const end = match.index + match[0].length;
    return {
      start,
      end,
      message: l10n.t('YAML does not take tabs as indentation: use spaces.'),
      fix: { title: l10n.t('Remove the tab'), text: '', safe: true },
    };
  }
  return undefined;
}

/** A recipe in brackets that a tab moves in. */
function tabBeforeBrackets(lines: Lines, contents: Node | null | undefined): Problem | undefined {
  const start = isCollection(contents) && contents.flow ? contents.range?.[0] : undefined;
  if (start === undefined) return undefined;
  const from = lines.start(lines.lineOf(start));
  const indent = lines.text.slice(from, start);
  if (!/^[ \t]*\t[ \t]*$/.test(indent)) return undefined;
  const fix = { title: l10n.t('Remove the tab'), text: '', safe: true };
  return { start: from, end: start, message: l10n.t('YAML does not take tabs as indentation: use spaces.'), fix };
}

/** Inside of a text behind | or >, whose lines are counted. */
function isBlockText(node: Node | null | undefined, offset: number): boolean {
  if (isScalar(node)) return node.type?.startsWith('BLOCK') === true && inside(node, offset);
  if (isSeq(node)) return node.items.some((item) => isBlockText(item as Node, offset));
  return isMap(node) && (node.items as Pair<Node, Node | null>[]).some(({ value }) => isBlockText(value, offset));
}

const inside = ({ range }: Node, offset: number): boolean => !!range && offset >= range[0] && offset < range[1];

/** Signs that Python takes as line breaks and editors do not show. */
function lineSeparator(lines: Lines, isFree: (offset: number) => boolean): Problem | undefined {
  for (const match of lines.text.matchAll(/[\u0085\u2028\u2029](?=[^\r\n]*\S)/g)) {
    if (isFree(match.index)) continue;
    return {
      start: match.index,
      end: match.index + 1,
      code: 'invisible-character',
      message: l10n.t('The invisible character U+{0} is a line break to Python: remove it.', codePoint(match[0])),
      fix: { title: l10n.t('Remove it'), text: '', safe: true },
    };
  }
  return undefined;
}

/**
 * A text whose brackets go on at the margin, which only PyYAML takes: with blanks in place of line breaks and comments between the
 * brackets, so that every offset stays what it was. undefined where a bracket is never closed.
 */
export function joinBrackets(text: string, at: number): string | undefined {
  const start = openBracket(text, at);
  if (start === undefined) return undefined;
  let depth = 0;
  let joined = text.slice(0, start);
  for (const match of text
    .slice(start)
    .matchAll(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|(?<=\s)#[^\r\n]*|[[\]{}]|\s|[^\s"'[\]{}]+|./gsu)) {
    const [part] = match;
    if (part === '[' || part === '{') depth += 1;
    if (part === ']' || part === '}') depth -= 1;
    joined += part.startsWith('#') ? ' '.repeat(part.length) : part.replace(/[\r\n]/g, ' ');
    if (depth === 0) return joined + text.slice(joined.length);
  }
  return undefined;
}

/** The bracket that begins the value of the last key before an offset. */
function openBracket(text: string, at: number): number | undefined {
  const keys = [...text.slice(0, at).matchAll(/^[\w"'.-]+\s*:[ \t]+(?=[[{])/gm)];
  const last = keys.at(-1);
  return last && last.index + last[0].length;
}

/** A text in quotes, from its first quote on, on one line: a line break within means a blank. Blank lines mean more, and stay. */
export function joinQuotes(text: string, start: number): string | undefined {
  const quoted = /"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/suy;
  quoted.lastIndex = start;
  const found = quoted.exec(text)?.[0];
  if (found === undefined || !/[\r\n]/.test(found) || /\n[ \t]*\r?\n/.test(found)) return undefined;
  return text.slice(0, start) + found.replace(/[\r\n]/g, ' ') + text.slice(start + found.length);
}
