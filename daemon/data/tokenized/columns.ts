// An example and the columns that LLaMA-Factory's preprocessed data have.
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import type { Example, Origin } from '../example.ts';

/** A row of numbers by column; the attention mask holds 1, 2, 3 … for the rows of a neatly packed block. */
export interface SavedRow {
  readonly input_ids: Int32Array;
  readonly attention_mask: Int32Array;
  readonly labels: Int32Array;
  readonly position_ids?: Int32Array;
  readonly loss_weights?: Float32Array;
}

export function savedRow({ ids, labels, segments, positions, weights }: Example): SavedRow {
  return {
    input_ids: ids,
    attention_mask: segments ?? new Int32Array(ids.length).fill(1),
    labels,
    ...(positions && { position_ids: positions }),
    ...(weights && { loss_weights: weights }),
  };
}

const list = z.array(z.union([z.number(), z.bigint()]));

const rowSchema = z.looseObject({
  input_ids: list,
  labels: list.nullish(),
  attention_mask: list.nullish(),
  position_ids: list.nullish(),
  loss_weights: list.nullish(),
});

/** Throws UserError for a row without ids. Rows without labels (pre-training) learn every token. */
export function exampleOf(row: unknown, origin: Origin): Example {
  const parsed = rowSchema.safeParse(row);
  if (!parsed.success) {
    throw new UserError(
      'tokenized-path-columns',
      `tokenized_path: example ${origin.row + 1} of ${origin.dataset} has no lists of input_ids and labels: preprocess the data again.`,
    );
  }
  const { data } = parsed;
  const numbers = (values: z.infer<typeof list>): Int32Array => Int32Array.from(values, Number);
  const ids = numbers(data.input_ids);
  const mask = data.attention_mask ? numbers(data.attention_mask) : undefined;
  const isNeat = mask?.some((value) => value > 1) ?? false;
  return {
    origins: [origin],
    ids,
    labels: data.labels ? numbers(data.labels) : ids,
    ...(data.position_ids && { positions: numbers(data.position_ids) }),
    ...(isNeat && mask ? { segments: mask } : {}),
    ...(data.loss_weights && { weights: Float32Array.from(data.loss_weights, Number) }),
  };
}
