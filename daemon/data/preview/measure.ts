// Lengths of many rows at once: what the preview tells of a row, without its texts.
import { RowError } from '../align/row.ts';
import type { Conversation, DroppedRow } from '../conversation.ts';
import type { Explained } from '../encoding/one-turn.ts';
import { IGNORED } from '../example.ts';
import { encodeFeedback, type EncodedFeedback } from '../feedback/encode.ts';
import { encodePairs } from '../pairs/encode.ts';
import { encodePrompts } from '../prediction/encode.ts';
import { encodeSupervised } from '../supervised/encode.ts';
import { encodePretrain } from '../supervised/pretrain.ts';
import type { AlignedRow, DataPreview } from './preview.ts';
import { isTooLongToPack, tooLongToPack, unusableRow, withoutText } from './row.ts';

export interface Measured {
  readonly row: number;
  /** Tokens before anything is cut; of a pair those of the longer text. */
  readonly length: number;
  /** Tokens that stay, of a pair those of both texts, and how many of them are trained. */
  readonly tokens: number;
  readonly trained: number;
  /** Tokens that cutoff_len takes away. */
  readonly lost: number;
}

/** Figures of rows, in order. One with which a run would stop counts as left out. */
export async function measureRows(
  preview: DataPreview,
  rows: readonly AlignedRow[],
): Promise<(Measured | DroppedRow)[]> {
  const aligned = rows.map(alignedRow);
  const usable = aligned.filter((row): row is Conversation => !('dropped' in row));
  const encoded = await encodeAll(preview, usable);
  let next = 0;
  return aligned.map((row) => ('dropped' in row ? row : (encoded[next++] ?? withoutText(row))));
}

function alignedRow(align: AlignedRow): Conversation | DroppedRow {
  try {
    return align();
  } catch (error) {
    if (error instanceof RowError) return unusableRow(error);
    throw error;
  }
}

/** All at once; one by one where one of them stops the rest. */
async function encodeAll(preview: DataPreview, rows: readonly Conversation[]): Promise<(Measured | DroppedRow)[]> {
  try {
    return await encode(preview, rows);
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    const only = rows.length === 1;
    if (only) return [unusableRow(error)];
    const results: (Measured | DroppedRow)[] = [];
    for (const row of rows) results.push(...(await encodeAll(preview, [row])));
    return results;
  }
}

async function encode(
  { data, template, tokenizer }: DataPreview,
  rows: readonly Conversation[],
): Promise<(Measured | DroppedRow)[]> {
  switch (data.stage) {
    case 'pt': {
      const whole = { cutoffLength: Infinity, template: data.templateName };
      const examples = await encodePretrain(rows, tokenizer, whole);
      return rows.map((row, i): Measured | DroppedRow => {
        const length = row.messages.length === 0 ? 0 : (examples[i]?.ids.length ?? 0);
        if (length === 0) return withoutText(row);
        // joined texts are cut into blocks, not shortened
        const tokens = data.packing ? length : Math.min(length, data.cutoffLength);
        return { row: row.row, length, tokens, trained: tokens, lost: length - tokens };
      });
    }
    case 'rm':
    case 'dpo':
      return figures(rows, await encodePairs(rows, template, tokenizer, data), ({ chosen, rejected }) => [chosen, rejected]); // prettier-ignore
    case 'kto':
      return figures<EncodedFeedback>(rows, await encodeFeedback(rows, template, tokenizer, data), ({ own }) => [own]);
    case 'ppo':
      return figures(rows, await encodePrompts(rows, template, tokenizer, data), ({ shown }) => [shown]);
    case 'sft': {
      const encoded = await encodeSupervised(rows, template, tokenizer, data);
      return figures(rows, encoded, (one) => [one]).map((one, i) => {
        const row = rows[i];
        return row && !('dropped' in one) && isTooLongToPack(data, one.tokens) ? tooLongToPack(row, data) : one;
      });
    }
  }
}

function figures<T extends object>(
  rows: readonly Conversation[],
  encoded: readonly (T | DroppedRow)[],
  texts: (encoded: T) => readonly Explained[],
): (Measured | DroppedRow)[] {
  return rows.map((row, i): Measured | DroppedRow => {
    const one = encoded[i];
    if (one === undefined) return withoutText(row);
    return 'dropped' in one ? one : measured(row.row, texts(one));
  });
}

function measured(row: number, texts: readonly Explained[]): Measured {
  let [length, tokens, trained, lost] = [0, 0, 0, 0];
  for (const { example, reasons } of texts) {
    const cut = reasons.reduce((sum, { cut }) => sum + (cut?.length ?? 0), 0);
    length = Math.max(length, example.ids.length + cut);
    tokens += example.ids.length;
    lost += cut;
    for (const label of example.labels) if (label !== IGNORED) trained += 1;
  }
  return { row, length, tokens, trained, lost };
}
