// An example and the columns that LLaMA-Factory's preprocessed data have, stage by stage.
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import { IGNORED, type Example, type Origin, type StageExample, type StageExamples } from '../example.ts';
import type { Stage } from '../options.ts';

/** Lists of numbers by column, and kto_tags; an attention mask holds 1, 2, 3 … for the rows of a neatly packed block. */
export type SavedRow = Readonly<Record<string, Int32Array | Float32Array | boolean | null>>;

/** Columns that LLaMA-Factory asks pairs and kto rows for, also where nothing is in them. */
const noMedia = { images: null, videos: null, audios: null };

const attended = (ids: Int32Array): Int32Array => new Int32Array(ids.length).fill(1);

const named = (prefix: string, { ids, labels }: Example): SavedRow => ({
  [`${prefix}input_ids`]: ids,
  [`${prefix}attention_mask`]: attended(ids),
  [`${prefix}labels`]: labels,
});

export function savedRow(example: StageExample): SavedRow {
  if ('chosen' in example)
    return { ...named('chosen_', example.chosen), ...named('rejected_', example.rejected), ...noMedia };
  if ('own' in example)
    return { ...named('', example.own), ...named('kl_', example.kl), kto_tags: example.desirable, ...noMedia };
  // what would be right stands where labels do
  if ('prompt' in example) return { input_ids: example.prompt, attention_mask: attended(example.prompt), labels: example.reference }; // prettier-ignore
  const { ids, segments, positions, weights } = example;
  return {
    ...named('', example),
    attention_mask: segments ?? attended(ids),
    ...(positions && { position_ids: positions }),
    ...(weights && { loss_weights: weights }),
  };
}

const list = z.array(z.union([z.number(), z.bigint()]));
const numbers = (values: z.infer<typeof list>): Int32Array => Int32Array.from(values, Number);

const plainSchema = z.looseObject({
  input_ids: list,
  labels: list.nullish(),
  attention_mask: list.nullish(),
  position_ids: list.nullish(),
  loss_weights: list.nullish(),
});

/** Rows without labels (pre-training) learn every token. */
const plain = plainSchema.transform((row): Omit<Example, 'origins'> => {
  const ids = numbers(row.input_ids);
  const mask = row.attention_mask ? numbers(row.attention_mask) : undefined;
  const isNeat = mask?.some((value) => value > 1) ?? false;
  return {
    ids,
    labels: row.labels ? numbers(row.labels) : ids,
    ...(row.position_ids && { positions: numbers(row.position_ids) }),
    ...(isNeat && mask ? { segments: mask } : {}),
    ...(row.loss_weights && { weights: Float32Array.from(row.loss_weights, Number) }),
  };
});

const text = (ids: z.infer<typeof list>, labels: z.infer<typeof list>, origin: Origin): Example => ({
  origins: [origin],
  ids: numbers(ids),
  labels: numbers(labels),
});

const pairSchema = z.looseObject({
  chosen_input_ids: list,
  chosen_labels: list,
  rejected_input_ids: list,
  rejected_labels: list,
});

const feedbackSchema = z.looseObject({
  input_ids: list,
  labels: list,
  kl_input_ids: list,
  kl_labels: list,
  kto_tags: z.boolean(),
});

const promptSchema = z.looseObject({ input_ids: list, labels: list });

type Readers = { readonly [S in Stage]: (row: unknown, origin: Origin) => StageExamples[S] | undefined };

const readPlain: Readers['sft'] = (row, origin) => {
  const { data } = plain.safeParse(row);
  return data && { origins: [origin], ...data };
};

const readPair: Readers['rm'] = (row, origin) => {
  const { data } = pairSchema.safeParse(row);
  if (!data) return undefined;
  const chosen = text(data.chosen_input_ids, data.chosen_labels, origin);
  const first = chosen.labels.findIndex((label) => label !== IGNORED);
  return {
    chosen,
    rejected: text(data.rejected_input_ids, data.rejected_labels, origin),
    promptLength: first < 0 ? chosen.ids.length : first,
  };
};

const readers: Readers = {
  pt: readPlain,
  sft: readPlain,
  rm: readPair,
  dpo: readPair,
  kto: (row, origin) => {
    const { data } = feedbackSchema.safeParse(row);
    if (!data) return undefined;
    return {
      own: text(data.input_ids, data.labels, origin),
      kl: text(data.kl_input_ids, data.kl_labels, origin),
      desirable: data.kto_tags,
    };
  },
  ppo: (row, origin) => {
    const { data } = promptSchema.safeParse(row);
    return data && { origins: [origin], prompt: numbers(data.input_ids), reference: numbers(data.labels) };
  },
};

const columnsOf: Readonly<Record<Stage, string>> = {
  pt: 'input_ids',
  sft: 'input_ids and labels',
  rm: 'chosen_input_ids, chosen_labels, rejected_input_ids and rejected_labels',
  dpo: 'chosen_input_ids, chosen_labels, rejected_input_ids and rejected_labels',
  kto: 'input_ids, labels, kl_input_ids and kl_labels, and kto_tags',
  ppo: 'input_ids and labels',
};

/** Throws UserError for a row that lacks columns of the stage. */
export function exampleOf<S extends Stage>(row: unknown, origin: Origin, stage: S): StageExamples[S] {
  const found = readers[stage](row, origin);
  if (found) return found;
  throw new UserError(
    'tokenized-path-columns',
    `tokenized_path: example ${origin.row + 1} of ${origin.dataset} has no lists of ${columnsOf[stage]}, which stage ${stage} needs: preprocess the data again.`,
  );
}
