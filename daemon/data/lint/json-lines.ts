// Rows one after another: a line each as JSONL has them, or spread over lines.
import * as l10n from '@vscode/l10n';
import { LineIndex, syntaxProblem } from '../../recipe/dataset-info/json-text.ts';
import { isJson, JsonReader, MAX_ROW, type RowSink } from './json-reader.ts';
import { newScan, scanValue, type Scan } from './json-scan.ts';

export class JsonLines extends JsonReader {
  readonly #jsonl: boolean;
  #spread = false;
  /** An object that goes on over several lines. */
  #open: { text: string; line: number; scan: Scan } | undefined;

  /** `jsonl`: the file's ending announces one row a line. */
  constructor(sink: RowSink, jsonl: boolean) {
    super(sink, 1, 1);
    this.#jsonl = jsonl;
  }

  override end(): void {
    super.end();
    if (this.#open) this.#close();
  }

  protected override run(final: boolean): void {
    const text = this.rest;
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.#line(text.slice(from, end));
      from = end + 1;
      this.line += 1;
    }
    if (final && from < text.length) {
      this.#line(text.slice(from));
      from = text.length;
    }
    this.rest = from >= text.length ? '' : text.slice(from);
  }

  #line(line: string): void {
    if (this.#open) return this.#continue(line);
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return this.#repair(line);
    }
    return this.emit(value, line, this.line, 1);
  }

  /** A line that is no JSON: the first part of a longer row, several rows, or a mistake. */
  #repair(line: string): void {
    const first = line.search(/\S/);
    if (first < 0) return;
    const object = line[first] === '{';
    const scan = newScan(first, object);
    const end = object || line[first] === '[' ? scanValue(line, scan) : 'open-string';
    if (end === 'more' && !scan.inString && isCutOff(line)) {
      this.#open = { text: line, line: this.line, scan };
      return;
    }
    if (end !== 'closed' || line.slice(scan.at).trim() === '') {
      this.explain(line, this.line, 1);
      return;
    }
    this.read(line.slice(first, scan.at), this.line, first + 1);
    this.#behind(line, scan.at);
  }

  /** What follows a row on its line. */
  #behind(line: string, at: number): void {
    const start = at + line.slice(at).search(/\S/);
    const rest = line.slice(start).trimEnd();
    const range = new LineIndex(line, this.line).range(start, rest.length);
    const tell = (message: string, title: string, text: string): void =>
      this.sink.trouble(range, 'error', 'json-syntax', message, { title, text });
    if (rest === ',') {
      tell(l10n.t('A line of JSONL ends without a comma: remove it.'), l10n.t('Remove the comma'), '');
      return;
    }
    if (!/^[{[]/.test(rest)) {
      tell(l10n.t('The row has ended, and there is more text on its line: remove it.'), l10n.t('Remove the text'), '');
      return;
    }
    tell(l10n.t('A second row stands on this line: begin a new line for it.'), l10n.t('Begin a new line'), `\n${rest}`);
    const inner = newScan(start, rest.startsWith('{'));
    if (scanValue(line, inner) !== 'closed') return;
    this.read(line.slice(start, inner.at), this.line, start + 1);
    if (line.slice(inner.at).trim() !== '') this.#behind(line, inner.at);
  }

  /** A further line of a row that spans several. */
  #continue(line: string): void {
    const open = this.#open;
    if (!open) return;
    if (line.startsWith('{') && isJson(line)) {
      this.#close();
      this.#line(line);
      return;
    }
    open.text += `\n${line}`;
    const end = scanValue(open.text, open.scan);
    if (end === 'more' && !open.scan.inString && open.text.length <= MAX_ROW) return;
    this.#close();
  }

  /** Such rows are read, but not by every reader of JSONL; once is enough to say so. */
  #tellSpread(text: string, line: number): void {
    this.#spread = true;
    const range = new LineIndex(text, line).range(0, text.split('\n', 1)[0]?.length ?? 1);
    const message = l10n.t('The row goes on over several lines, and JSONL has a row a line: write it on one.');
    const fix = { title: l10n.t('Write it on one line'), text: JSON.stringify(JSON.parse(text)) };
    const whole = new LineIndex(text, line).range(0, text.length);
    this.sink.trouble(range, 'warning', 'json-syntax', message, { ...fix, edits: [{ range: whole, text: fix.text }] });
  }

  #close(): void {
    const { text, line } = this.#open ?? { text: '', line: 0 };
    this.#open = undefined;
    if (this.#jsonl && !this.#spread && isJson(text)) this.#tellSpread(text, line);
    this.read(text, line, 1);
  }
}

/** Whether nothing is wrong with a text but that it ends too early. */
function isCutOff(text: string): boolean {
  const problem = syntaxProblem(text);
  return problem !== undefined && problem.offset + problem.length >= text.trimEnd().length;
}
