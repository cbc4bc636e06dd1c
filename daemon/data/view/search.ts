// Looks for words or a regular expression in the texts of rows: in their values, however deep, not in the names of columns.
import { createContext, Script, type Context } from 'node:vm';
import * as l10n from '@vscode/l10n';
import { UserError } from '../../errors.ts';

export interface SearchTerms {
  /** Words, or the source of a regular expression. */
  readonly text: string;
  readonly isExpression: boolean;
  readonly matchCase: boolean;
}

/** Milliseconds that an expression may take for the rows that are looked at together: some would take for ever. */
const PATIENCE = 2000;

export interface Searchable {
  readonly value: unknown;
  /** What is written in the file, where that is text. */
  readonly text?: string | undefined;
}

export class RowSearch {
  readonly #isMatch: (text: string) => boolean;
  /** What a row that is written as plain JSON must contain; undefined where that cannot be said. */
  readonly #needle: string | undefined;
  readonly #matchCase: boolean;
  readonly #run: Script | undefined;
  readonly #context: Context & { rows?: readonly Searchable[] };

  /** Throws UserError for an expression that is none. */
  constructor({ text, isExpression, matchCase }: SearchTerms) {
    this.#matchCase = matchCase;
    const words = matchCase ? text : text.toLowerCase();
    this.#needle = !isExpression && isWrittenAsItIs(words) ? words : undefined;
    if (isExpression) {
      const expression = parseExpression(text, matchCase);
      this.#isMatch = (value) => expression.test(value);
      this.#run = new Script('match()');
    } else this.#isMatch = (value) => (matchCase ? value : value.toLowerCase()).includes(words);
    this.#context = createContext({ match: () => this.#matchAll(this.#context.rows ?? []) });
  }

  /** Whether each row matches. Throws UserError where an expression takes too long. */
  match(rows: readonly Searchable[]): boolean[] {
    if (!this.#run) return this.#matchAll(rows);
    this.#context.rows = rows;
    try {
      return this.#run.runInContext(this.#context, { timeout: PATIENCE }) as boolean[];
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw cause;
      throw new UserError('search-too-slow', l10n.t('The expression takes too long on some rows: write a simpler one, without repetitions inside of repetitions.'), { cause }); // prettier-ignore
    }
  }

  /** Whether a row may match, from what is written in the file: false is certain. */
  mayMatch(written: string): boolean {
    if (this.#needle === undefined || written.includes('\\u')) return true;
    return (this.#matchCase ? written : written.toLowerCase()).includes(this.#needle);
  }

  #matchAll(rows: readonly Searchable[]): boolean[] {
    return rows.map(({ value, text }) => (text === undefined || this.mayMatch(text)) && someText(value, this.#isMatch));
  }
}

/** JSON and CSV write these characters as they are; quotes, backslashes and line ends they do not. */
const isWrittenAsItIs = (words: string): boolean => !/["\\/\p{Cc}\u2028\u2029]/u.test(words);

function parseExpression(source: string, matchCase: boolean): RegExp {
  try {
    return new RegExp(source, matchCase ? 'u' : 'iu');
  } catch (cause) {
    const why = (cause as Error).message.replace(/^Invalid regular expression: /, '');
    throw new UserError('search-expression', l10n.t('The expression cannot be read: {0}.', why), { cause });
  }
}

/** Whether a text in a value fits; numbers and other values as they are written. */
function someText(value: unknown, fits: (text: string) => boolean): boolean {
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next === 'string') {
      if (fits(next)) return true;
    } else if (typeof next === 'number' || typeof next === 'bigint' || typeof next === 'boolean') {
      if (fits(String(next))) return true;
    } else if (next instanceof Date) {
      if (fits(next.toISOString())) return true;
    } else if (typeof next === 'object' && next !== null && !ArrayBuffer.isView(next))
      waiting.push(...Object.values(next));
  }
  return false;
}
