// From bytes to text, chunk by chunk, whatever the bytes are: what is not UTF-8 is told with its place and guessed at.
import { isAscii, isUtf8 } from 'node:buffer';
import * as l10n from '@vscode/l10n';
import type { Range } from '../../recipe/finding.ts';

export interface TextChunk {
  readonly text: string;
  /** ASCII alone: nothing in it can have been damaged by an encoding. */
  readonly plain: boolean;
}

export interface EncodingSink {
  encoding(range: Range, message: string): void;
  bom(): void;
}

const start: Range = { line: 1, column: 1, endLine: 1, endColumn: 1 };

/** Decodes chunks that may be cut anywhere. */
export class Decoder {
  readonly #sink: EncodingSink;
  #rest: Buffer = Buffer.alloc(0);
  #line = 1;
  #first = true;
  /** The bytes are no text that could be read on. */
  failed = false;

  constructor(sink: EncodingSink) {
    this.#sink = sink;
  }

  /** The text of a chunk up to its last whole line, or where there is none its last whole character. */
  push(chunk: Buffer): TextChunk | undefined {
    return this.#decode(this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]), false);
  }

  end(): TextChunk | undefined {
    return this.#decode(this.#rest, true);
  }

  #decode(given: Buffer, final: boolean): TextChunk | undefined {
    let bytes = given;
    if (this.failed) return undefined;
    if (this.#first) {
      if (bytes.length < 4 && !final) {
        this.#rest = bytes;
        return undefined;
      }
      this.#first = false;
      bytes = this.#beginning(bytes);
      if (this.failed) return undefined;
    }
    const cut = final ? bytes.length : wholeLength(bytes);
    this.#rest = Buffer.from(bytes.subarray(cut));
    const part = bytes.subarray(0, cut);
    if (part.length === 0) return undefined;
    if (isAscii(part)) return this.#count({ text: part.toString('latin1'), plain: true });
    if (isUtf8(part)) return this.#count({ text: part.toString('utf8'), plain: false });
    return { text: this.#guess(part), plain: false };
  }

  #beginning(bytes: Buffer): Buffer {
    const [a, b, c, d] = bytes;
    const wide = (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff) || (a === 0 && b !== 0 && c === 0 && d !== 0) || (a !== 0 && b === 0 && c !== 0 && d === 0); // prettier-ignore
    if (wide) {
      this.failed = true;
      this.#sink.encoding(start, l10n.t('The file is UTF-16: save it as UTF-8.'));
      return bytes;
    }
    if (a !== 0xef || b !== 0xbb || c !== 0xbf) return bytes;
    this.#sink.bom();
    return bytes.subarray(3);
  }

  #count(chunk: TextChunk): TextChunk {
    for (let at = chunk.text.indexOf('\n'); at >= 0; at = chunk.text.indexOf('\n', at + 1)) this.#line += 1;
    return chunk;
  }

  /** Line by line, each that is no UTF-8 in the encoding that it is most likely in. */
  #guess(bytes: Buffer): string {
    const lines: string[] = [];
    for (let from = 0; from <= bytes.length;) {
      const end = bytes.indexOf(10, from);
      const line = bytes.subarray(from, end < 0 ? bytes.length : end);
      lines.push(isUtf8(line) ? line.toString('utf8') : this.#guessLine(line));
      if (end < 0) break;
      this.#line += 1;
      from = end + 1;
    }
    return lines.join('\n');
  }

  #guessLine(line: Buffer): string {
    const good = utf8Length(line);
    const column = line.toString('utf8', 0, good).length + 1;
    const name = likelyEncoding(line);
    const range = { line: this.#line, column, endLine: this.#line, endColumn: column + 1 };
    this.#sink.encoding(range, l10n.t('Here the bytes are not UTF-8 but most likely {0}: save the file as UTF-8.', name === 'gb18030' ? 'GBK' : 'Latin-1')); // prettier-ignore
    return new TextDecoder(name).decode(line);
  }
}

/** How much of a chunk can be decoded: up to its last line break, else up to its last whole character. */
function wholeLength(bytes: Buffer): number {
  const line = bytes.lastIndexOf(10);
  if (line >= 0) return line + 1;
  let end = bytes.length;
  // the bytes of a character after its first are 10xxxxxx
  while (end > 0 && bytes.length - end < 4 && ((bytes[end - 1] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end > 0 && (bytes[end - 1] ?? 0) >= 0xc0 ? end - 1 : bytes.length;
}

/** Bytes before the first that is no UTF-8. */
function utf8Length(bytes: Buffer): number {
  let [good, bad] = [0, bytes.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    // a cut inside of a character is not its fault
    const fits = [0, 1, 2, 3].some((less) => middle >= less && isUtf8(bytes.subarray(0, middle - less)));
    if (fits) good = middle;
    else bad = middle;
  }
  while (good > 0 && !isUtf8(bytes.subarray(0, good))) good -= 1;
  return good;
}

/** Chinese text is told from western by whether its bytes pair up to common characters. */
function likelyEncoding(line: Buffer): 'gb18030' | 'windows-1252' {
  try {
    const text = new TextDecoder('gb18030', { fatal: true }).decode(line);
    const [wide, common] = [text.match(/[^\0-\u007F]/g)?.length ?? 0, text.match(/[\u4E00-\u9FFF\u3000-\u303F\uFF00-\uFFEF]/g)?.length ?? 0]; // prettier-ignore
    return common * 2 > wide ? 'gb18030' : 'windows-1252';
  } catch {
    return 'windows-1252';
  }
}
