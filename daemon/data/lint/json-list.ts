// Rows in one list, as most .json files have them.
import * as l10n from '@vscode/l10n';
import { JsonReader } from './json-reader.ts';
import { newScan, scanValue, type Scan } from './json-scan.ts';

export class JsonList extends JsonReader {
  /** The row that is being scanned, from the beginning of what is left of the text. */
  #scan: Scan | undefined;
  /** A comma, or the beginning of the list, has come since the last row. */
  #comma = true;
  /** No comma stood in front of the row that is being scanned. */
  #late = false;
  #closed = false;
  #final = false;

  protected override run(final: boolean): void {
    this.#final = final;
    while (!this.#closed && this.#step());
    if (this.#closed) this.#after();
    else if (final && this.#scan) this.#unclosed(this.#scan);
    else if (final) {
      const last = Math.max(this.rest.trimEnd().length - 1, 0);
      this.tell(last, 1, l10n.t('The list of rows is not closed: add ] at the end of the file.'));
    }
  }

  /** One row, or what stands between two; false where there is not enough text. */
  #step(): boolean {
    if (this.#scan) return this.#row(this.#scan);
    const first = this.rest.search(/[^ \t\r\n]/);
    this.use(first < 0 ? this.rest.length : first);
    if (first < 0) return false;
    const [char = ''] = this.rest;
    if (/[\s\u200B\u2060]/.test(char)) return this.#invisible();
    const name = char === '"' ? /^"(?:[^"\\\n]|\\.)*"[ \t]*(:|$)/.exec(this.rest) : null;
    if (name && (name[1] === ':' || !this.#final)) return name[1] === ':' && this.#debris();
    if (char === ',' || char === ']' || char === '}') return this.#between(char);
    this.#late = !this.#comma;
    this.#comma = false;
    if (char !== '{' && char !== '[') return this.#scalar();
    this.#scan = newScan(0, char === '{');
    return true;
  }

  /** A blank that is none to JSON. */
  #invisible(): boolean {
    const code = this.rest.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    this.tell(0, 1, l10n.t('An invisible character (U+{0}) stands here: remove it.', code), { title: l10n.t('Remove the character'), text: '' }); // prettier-ignore
    this.use(1);
    return true;
  }

  /** A name and a value outside of any row, which lost its brace: reading goes on where a line begins the next one. */
  #debris(): boolean {
    const next = /\n[ \t]*(?=[{\]])/.exec(this.rest);
    if (!next && !this.#final) return false;
    this.tell(0, (/^[^\r\n]*/.exec(this.rest)?.[0] ?? '').length, l10n.t('This stands outside of any row: a brace is missing or one too many above it.')); // prettier-ignore
    this.use(next ? next.index + next[0].length : this.rest.length);
    this.#comma = true;
    return true;
  }

  #row(scan: Scan): boolean {
    const end = scanValue(this.rest, scan);
    if (end === 'more') return false;
    if (end === 'open-string') {
      const message = l10n.t('A text is not closed on its line: end it with a double quote, and write \\n for a line break.'); // prettier-ignore
      if (!scan.broken) this.tell(scan.stringStart, scan.at - scan.stringStart, message, undefined, true);
      // the line ends the text, and behind it brackets are counted on
      scan.broken = true;
      scan.inString = false;
      return true;
    }
    this.#scan = undefined;
    this.#tellComma(scan.at);
    const text = this.rest.slice(0, scan.at);
    if (scan.broken) this.lose();
    else if (end === 'closed') this.read(text, this.line, this.column);
    else this.explain(text, this.line, this.column);
    // where another row begins inside of one, that one's comma does not matter
    if (end === 'restart') this.#comma = true;
    this.use(scan.at);
    return true;
  }

  #unclosed(scan: Scan): void {
    if (!scan.broken) this.explain(this.rest, this.line, this.column);
    this.stop();
  }

  #between(char: string): boolean {
    if (char === '}') {
      const fix = { title: l10n.t('Remove the brace'), text: '' };
      this.tell(0, 1, l10n.t('One closing brace too many: remove it.'), fix);
    } else if (this.#comma && (this.rowsSoFar > 0 || char === ',')) {
      const message = char === ',' ? l10n.t('A comma with no row before it: remove it.') : l10n.t('A comma stands before the end: remove it.'); // prettier-ignore
      this.tell(0, 1, message);
    }
    if (char === ',') this.#comma = true;
    this.#closed = char === ']';
    this.use(1);
    return !this.#closed;
  }

  #tellComma(size: number): void {
    if (!this.#late) return;
    this.#late = false;
    const fix = { title: l10n.t('Add the comma'), text: `, ${this.rest.slice(0, size)}` };
    this.tell(0, size, l10n.t('A comma is missing between this row and the one before it.'), fix);
  }

  /** A row that is a text, a number or a word. */
  #scalar(): boolean {
    const [found] = /^(?:"(?:[^"\\\n]|\\.)*"|[^,\]\s]+)/.exec(this.rest) ?? [this.rest];
    if (found.length === this.rest.length && !this.#final) {
      this.#comma = !this.#late;
      return false;
    }
    this.#tellComma(found.length);
    this.read(found, this.line, this.column);
    this.use(found.length);
    return true;
  }

  #after(): void {
    const first = this.rest.search(/\S/);
    if (first < 0) {
      this.use(this.rest.length);
      return;
    }
    const message = l10n.t('The list of rows has ended, and there is more text: remove it, or move the rows into the list.'); // prettier-ignore
    this.tell(first, 1, message);
    this.stop();
  }
}
