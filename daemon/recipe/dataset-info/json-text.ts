// JSON with positions: where a value stands in a text, and the first thing that is wrong with it, said for a person.
import { findNodeAtLocation, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import * as l10n from '@vscode/l10n';
import type { Fix, Range } from '../finding.ts';

/** From offsets (UTF-16 units) to 1-based lines and columns. */
export class LineIndex {
  readonly #starts: number[] = [0];
  readonly #line: number;
  readonly #column: number;

  /** `line` and `column`: where the text begins in its file. */
  constructor(text: string, line = 1, column = 1) {
    this.#line = line;
    this.#column = column;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  range(offset: number, length: number): Range {
    const [line, column] = this.#position(offset);
    const [endLine, endColumn] = this.#position(offset + length);
    return { line, column, endLine, endColumn };
  }

  #position(offset: number): [number, number] {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const column = offset - (this.#starts[low] ?? 0) + 1;
    return [this.#line + low, low === 0 ? column + this.#column - 1 : column];
  }
}

export type JsonPath = readonly (string | number)[];

/** The node of a value; undefined where the text has none there. Deeply nested texts have no positions. */
export function nodeAt(text: string, path: JsonPath): Node | undefined {
  const root = treeOf(text);
  return root && findNodeAtLocation(root, [...path]);
}

/** The whole tree, as far as the text can be read; errors go into `errors`. */
export function treeOf(text: string, errors: ParseError[] = []): Node | undefined {
  try {
    return parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  } catch (cause) {
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}

export interface SyntaxProblem {
  readonly offset: number;
  readonly length: number;
  readonly kind: 'syntax' | 'control' | 'invisible';
  /** What follows is read correctly all the same: a comment, a comma too many. */
  readonly harmless?: true;
  readonly message: string;
  readonly fix?: Fix;
}

/** The first thing that keeps a text from being one JSON value; undefined where it is one. */
export function syntaxProblem(text: string): SyntaxProblem | undefined {
  const errors: ParseError[] = [];
  const root = treeOf(text, errors);
  const [first] = errors;
  if (first) {
    const { harmless, ...problem } = explain(text, first, root);
    if (harmless) return errors.every(({ error }) => slips.has(printParseErrorCode(error))) ? { ...problem, harmless } : problem; // prettier-ignore
    return structural.has(printParseErrorCode(first.error)) ? (oddBracket(text, problem.offset) ?? problem) : problem;
  }
  try {
    JSON.parse(text);
    return undefined;
  } catch (cause) {
    return { offset: 0, length: text.length, kind: 'syntax', message: (cause as Error).message };
  }
}

/** Errors behind which all is read as it was meant. */
const slips = new Set(['PropertyNameExpected', 'ValueExpected', 'InvalidCommentToken', 'UnexpectedEndOfComment']);
/** Errors that a bracket too many or too few leads to, often far behind it. */
const structural = new Set(['EndOfFileExpected', 'CloseBraceExpected', 'CloseBracketExpected', 'CommaExpected', 'ColonExpected', 'PropertyNameExpected']); // prettier-ignore

/** The first closing bracket before an offset that is indented otherwise than the line of the bracket it closes. */
function oddBracket(text: string, before: number): SyntaxProblem | undefined {
  const open: { bracket: string; indent: string; line: number }[] = [];
  const indentAt = (offset: number): string => /[ \t]*$/.exec(text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset))?.[0] ?? ''; // prettier-ignore
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\\n]|\\.)*"|[{}[\]]/g)) {
    if (index >= before) return undefined;
    if (token.startsWith('"')) continue;
    const line = text.lastIndexOf('\n', index - 1) + 1;
    if (token === '{' || token === '[') {
      open.push({ bracket: token, indent: /^[ \t]*/.exec(text.slice(line))?.[0] ?? '', line });
      continue;
    }
    const opener = open.pop();
    const leads = line + indentAt(index).length === index;
    if (!opener || (leads && opener.line !== line && opener.indent !== indentAt(index))) {
      const message = l10n.t('This bracket does not stand under the one that it closes: above it one is missing, or there is one too many.'); // prettier-ignore
      return { offset: index, length: 1, kind: 'syntax', message };
    }
  }
  return undefined;
}

const invisible = /[\u00A0\u200B-\u200F\u2028\u2029\u2060\uFEFF\u3000]/;
const fullWidth: Readonly<Record<string, string>> = { '“': '"', '”': '"', '＂': '"', '：': ':', '，': ',', '｛': '{', '｝': '}', '［': '[', '］': ']', '‘': '"', '’': '"' }; // prettier-ignore

function explain(text: string, raw: ParseError, root: Node | undefined): SyntaxProblem {
  const { offset, length } = raw;
  const error = printParseErrorCode(raw.error);
  const problem = (message: string, at = offset, size = Math.max(length, 1), fix?: Fix): SyntaxProblem => ({
    offset: at,
    length: size,
    kind: 'syntax',
    message,
    ...(fix ? { fix } : {}),
  });
  const found = text.slice(offset, offset + Math.max(length, 1));
  const odd = oddCharacter(text, offset, length);
  if (odd) return odd;
  if (error === 'InvalidCommentToken' || error === 'UnexpectedEndOfComment') {
    const fix = { title: l10n.t('Remove the comment'), text: '' };
    return { ...problem(l10n.t('JSON has no comments: remove this one.'), offset, length, fix), harmless: true };
  }
  if (error === 'InvalidCharacter' || error === 'UnexpectedEndOfString')
    return brokenString(text, offset, length, problem);
  const comma = commaBefore(text, offset);
  if (comma >= 0 && (error === 'PropertyNameExpected' || error === 'ValueExpected') && /^[}\]]?$/.test(found.trim())) {
    const fix = { title: l10n.t('Remove the comma'), text: '' };
    return { ...problem(l10n.t('A comma stands before the end: remove it.'), comma, 1, fix), harmless: true };
  }
  if (error === 'InvalidSymbol') return wrongWord(found, problem);
  if (error === 'EndOfFileExpected' && root) {
    return problem(l10n.t('Here the value has already ended, and there is more text: remove it.'), offset, restOf(text, offset)); // prettier-ignore
  }
  if (error === 'InvalidEscapeCharacter' || error === 'InvalidUnicode') {
    return problem(l10n.t('A backslash in this text begins no escape that JSON knows: write \\\\ for a backslash.'));
  }
  return problem(expected(error, found));
}

const restOf = (text: string, offset: number): number => text.slice(offset).trimEnd().length;

function expected(error: string, found: string): string {
  const here = found.trim() === '' ? l10n.t('the end of the text') : found.slice(0, 24);
  switch (error) {
    case 'PropertyNameExpected':
      return l10n.t('A name in double quotes is missing before {0}.', here);
    case 'ColonExpected':
      return l10n.t('A colon is missing between the name and its value, before {0}.', here);
    case 'CommaExpected':
      return l10n.t('A comma is missing before {0}.', here);
    case 'CloseBraceExpected':
      return l10n.t('An object is not closed: its last brace is missing.');
    case 'CloseBracketExpected':
      return l10n.t('A list is not closed: its last bracket is missing.');
    case 'ValueExpected':
      return l10n.t('A value is missing before {0}.', here);
    default:
      return l10n.t('This is not JSON: {0}.', here);
  }
}

/** Index of a comma with only white space between it and `offset`, or -1. */
function commaBefore(text: string, offset: number): number {
  let at = offset - 1;
  while (at >= 0 && ' \t\r\n'.includes(text[at] as string)) at -= 1;
  return text[at] === ',' ? at : -1;
}

type Make = (message: string, at?: number, size?: number, fix?: Fix) => SyntaxProblem;

function brokenString(text: string, offset: number, length: number, problem: Make): SyntaxProblem {
  for (let at = offset; at < offset + length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 32 || code === 10 || code === 13) continue;
    const escape = code === 9 ? '\\t' : `\\u${code.toString(16).padStart(4, '0')}`;
    const message = l10n.t('A raw control character (U+{0}) stands in a text: remove it, or write {1}.', code.toString(16).toUpperCase().padStart(4, '0'), escape); // prettier-ignore
    const fix = { title: l10n.t('Write {0}', escape), text: escape };
    return { ...problem(message, at, 1, fix), kind: 'control' };
  }
  const next = text[offset + length];
  if (next === '\n' || next === '\r') {
    return problem(l10n.t('A text is not closed on its line: end it with a double quote, and write \\n for a line break.'), offset, length); // prettier-ignore
  }
  return problem(l10n.t('A text is not closed: the double quote at its end is missing.'), offset, length);
}

const words: Readonly<Record<string, string>> = { NaN: 'null', None: 'null', undefined: 'null', nil: 'null', NULL: 'null', Null: 'null', True: 'true', TRUE: 'true', False: 'false', FALSE: 'false' }; // prettier-ignore

function wrongWord(found: string, problem: Make): SyntaxProblem {
  const word = Object.hasOwn(words, found) ? words[found] : undefined;
  if (word !== undefined) {
    const fix = { title: l10n.t('Write {0}', word), text: word };
    return problem(l10n.t('{0} is not JSON: write {1}.', found, word), undefined, undefined, fix);
  }
  if (found.startsWith("'")) {
    const inner = found.length > 1 && found.endsWith("'") ? found.slice(1, -1) : undefined;
    const fix = inner === undefined ? undefined : { title: l10n.t('Use double quotes'), text: JSON.stringify(inner) };
    return problem(l10n.t('Texts and names stand in double quotes, not in single ones.'), undefined, undefined, fix);
  }
  return problem(l10n.t('{0} is not JSON: texts and names stand in double quotes.', found.slice(0, 24)));
}

/** A full-width or invisible character outside of texts, at the place of an error. */
function oddCharacter(text: string, offset: number, length: number): SyntaxProblem | undefined {
  for (let at = offset; at < offset + Math.max(length, 1) && at < text.length; at++) {
    const char = text[at] as string;
    if (char === '"') return undefined;
    const plain = fullWidth[char];
    const code = char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    if (plain !== undefined) {
      const message = l10n.t('{0} is a full-width or typographic character: write {1}.', char, plain);
      return { offset: at, length: 1, kind: 'invisible', message, fix: { title: l10n.t('Write {0}', plain), text: plain } }; // prettier-ignore
    }
    if (invisible.test(char)) {
      const message = l10n.t('An invisible character (U+{0}) stands here: remove it.', code);
      return { offset: at, length: 1, kind: 'invisible', message, fix: { title: l10n.t('Remove the character'), text: '' } }; // prettier-ignore
    }
  }
  return undefined;
}
