// All checks on the rows of one file, in the order in which they come.
import * as l10n from '@vscode/l10n';
import type { Fix, Range, Severity } from '../../recipe/finding.ts';
import { isRow, type Row } from '../align/row.ts';
import { Checker, type RowsUse } from './checker.ts';
import { SeenRows } from './duplicates.ts';
import type { RowSink } from './json-reader.ts';
import { countKeys, countNames } from './json-scan.ts';
import { RowKinds } from './kinds.ts';
import type { LengthCheck } from './length.ts';
import type { Reporter } from './reporter.ts';
import { JsonRow, type LintRow, type Path } from './row.ts';
import { checkAlpaca } from './rules/alpaca.ts';
import { kindNames, kindOf } from './rules/common.ts';
import { checkMedia } from './rules/media.ts';
import { checkMessages } from './rules/messages.ts';
import { checkShape, essentialColumns, isOtherShape } from './shape.ts';
import { Survey } from './survey.ts';

/** Rows that are looked at together before any is judged. */
const FIRST = 200;

export class FileCheck implements RowSink {
  readonly survey = new Survey();
  /** Whether the text that rows come from is ASCII alone. */
  plain = false;
  /** Whether the shape of the file has been judged: findings from then on are of single rows. */
  judged = false;
  readonly #checker: Checker;
  readonly #report: Reporter;
  readonly #lengths: LengthCheck | undefined;
  readonly #seen = new SeenRows();
  readonly #kinds = new RowKinds();
  readonly #essential: readonly string[];
  readonly #lines: boolean;
  #first: { row: LintRow; plain: boolean }[] | undefined = [];
  #judge = true;
  #thumbs = { up: 0, down: 0 };
  #thumb: LintRow | undefined;

  /** `lines`: rows are lines of plain text, which may well repeat. */
  constructor(use: RowsUse, report: Reporter, lengths: LengthCheck | undefined, lines: boolean) {
    this.#checker = new Checker(use, report);
    this.#report = report;
    this.#lengths = lengths;
    this.#lines = lines;
    this.#essential = essentialColumns(this.#checker);
  }

  row(row: LintRow): void {
    this.#report.rows += 1;
    if (!this.#first) {
      if (isRow(row.value)) this.survey.add(row.value);
      this.#check(row, this.plain);
      return;
    }
    this.#first.push({ row, plain: this.plain });
    if (this.#first.length >= FIRST) this.#begin(false);
  }

  trouble(range: Range, severity: Severity, code: string, message: string, fix?: Fix, lost = false): void {
    if (lost) this.#report.rows += 1;
    this.#report.trouble(range, severity, code, message, fix, lost);
  }

  /** After the last row. */
  end(): void {
    if (this.#first) this.#begin(true);
    const { purpose } = this.#checker;
    const { up, down } = this.#thumbs;
    if (purpose === 'kto' && this.#thumb && up + down > 1 && (up === 0 || down === 0)) {
      const name = this.#checker.use.entry.columns.kto_tag ?? '';
      this.#report.row(this.#thumb, 'kto-one-sided', [name], () => l10n.t('"{0}" is {1} in all rows, so there is nothing to compare: add rows of the other kind.', name, up > 0 ? 'true' : 'false')); // prettier-ignore
    }
  }

  /** Takes note of what a row has, for the shape of all rows; before any of them is judged. `isText`: it is written as text. */
  learn(value: unknown, isText: boolean): void {
    if (!isRow(value)) return;
    this.survey.add(value);
    if (isText) this.#kinds.count(value);
  }

  #begin(all: boolean): void {
    const first = this.#first ?? [];
    this.#first = undefined;
    for (const { row } of first) this.learn(row.value, row.raw !== undefined);
    this.#kinds.settle();
    this.#judge = checkShape(this.#checker, first.map(({ row }) => row), this.survey, all); // prettier-ignore
    this.judged = true;
    for (const { row, plain } of first) this.#check(row, plain);
  }

  /** A value of another kind than the same place has in other rows, where nothing else is wrong with the row. */
  #mixed(row: LintRow, value: Row): void {
    const odd = row.raw === undefined ? undefined : this.#kinds.odd(value);
    if (!odd || this.#report.failed) return;
    const name = odd.path.filter((part) => typeof part === 'string').join('.');
    const [found, other] = [kindOf(valueAt(value, odd.path)), kindNames[odd.expected]()];
    this.#report.row(row, 'mixed-row-shape', odd.path, () => l10n.t('"{0}" is {1} here and {2} in other rows, at which LLaMA-Factory stops: write one kind of value in all rows.', name, found, other)); // prettier-ignore
  }

  #check(row: LintRow, plain: boolean): void {
    const checker = this.#checker;
    checker.begin(row, plain);
    const { value } = row;
    if (!isRow(value)) {
      this.#report.row(row, 'row-not-object', [], () => l10n.t('A row must be an object, and this is {0}: write {1}.', kindOf(value), '{"…": "…"}')); // prettier-ignore
      return;
    }
    this.#repeatedKey(row, value);
    if (!this.#judge) return;
    if (isOtherShape(checker, value, this.#essential)) {
      this.#report.row(row, 'mixed-row-shape', [], () => l10n.t('The row has another layout than the entry announces: move such rows to a file of their own.')); // prettier-ignore
      return;
    }
    if (checker.use.entry.formatting === 'alpaca') checkAlpaca(checker, row, value);
    else checkMessages(checker, row, value);
    checkMedia(checker, row, value);
    this.#countThumb(row, value);
    this.#mixed(row, value);
    if (this.#report.failed) return;
    this.#duplicate(row);
    this.#lengths?.add(row, value);
  }

  #repeatedKey(row: LintRow, value: Row): void {
    if (!(row instanceof JsonRow)) return;
    try {
      if (countNames(row.raw) === countKeys(value)) return;
    } catch (cause) {
      // nested deeper than can be counted
      if (!(cause instanceof RangeError)) throw cause;
      return;
    }
    const repeated = row.repeatedKey();
    if (!repeated) return;
    const message = l10n.t('"{0}" stands twice in one object, and one of the two values is lost: remove or rename one.', repeated.name); // prettier-ignore
    this.#report.trouble(repeated.range, 'error', 'duplicate-key', message);
  }

  #countThumb(row: LintRow, value: Row): void {
    const { purpose, use } = this.#checker;
    const tag = purpose === 'kto' ? value[use.entry.columns.kto_tag ?? ''] : undefined;
    if (typeof tag !== 'boolean') return;
    this.#thumb ??= row;
    this.#thumbs[tag ? 'up' : 'down'] += 1;
  }

  #duplicate(row: LintRow): void {
    if (this.#lines || !this.#checker.hashed) return;
    const earlier = this.#seen.add(this.#checker.hash, row.line);
    if (earlier === undefined) return;
    this.#report.row(row, 'duplicate-row', [], () => l10n.t('The row repeats the one in line {0}: remove one of the two.', earlier)); // prettier-ignore
  }
}

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, part) => (inner as Record<string | number, unknown>)[part], value);
