// One conversation as the model will see it, in whatever stage: messages, text, tokens, mask and the reason of each mask.
import { RowError } from '../align/row.ts';
import type { Conversation, DroppedRow, Message } from '../conversation.ts';
import type { DataOptions } from '../options.ts';
import type { Explained } from '../encoding/one-turn.ts';
import { lostSegments, toSegments, type Segment } from '../encoding/segments.ts';
import { encodeFeedback } from '../feedback/encode.ts';
import { encodePairs } from '../pairs/encode.ts';
import { encodePrompts } from '../prediction/encode.ts';
import { encodeSupervised } from '../supervised/encode.ts';
import { encodePretrain } from '../supervised/pretrain.ts';
import { compareTemplates, type TemplateDifference } from '../template/parity.ts';
import type { Template } from '../template/registry.ts';
import type { RenderNote } from '../template/render.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';

/** A text as tokens. */
export interface PreviewedText {
  readonly text: string;
  readonly ids: readonly number[];
  readonly labels: readonly number[];
  readonly tokens: readonly Segment[];
  /** What was lost at cutoff_len, each with the number of kept tokens in front of it; absent where nothing was. */
  readonly cut?: readonly { readonly at: number; readonly text: string }[];
}

export interface PreviewedTokens extends PreviewedText {
  readonly dataset: string;
  readonly row: number;
  /** With the answer that `text` shows: of a pair the chosen one. */
  readonly messages: readonly Message[];
  readonly truncated: boolean;
  /** Ranking rows: the other answer, behind the same prompt. */
  readonly rejected?: PreviewedText & { readonly message: Message };
  /** KTO rows: what the answer counts as. */
  readonly desirable?: boolean;
  /** What a person should know of how the row was rendered; absent where nothing. */
  readonly notes?: readonly RenderNote[];
  /** Where the model's own chat template writes this row in another way than the named one: both texts from there on. */
  readonly ownTemplate?: { readonly at: number } & TemplateDifference['around'];
}

export type PreviewedRow = PreviewedTokens | DroppedRow;

/** A row of any stage, as `align` makes it. One with which a run would stop is shown as left out, with that reason. */
export async function previewRow(
  align: () => Conversation | DroppedRow,
  data: DataOptions,
  template: Template,
  tokenizer: Tokenizer,
): Promise<PreviewedRow> {
  try {
    const row = align();
    if ('dropped' in row) return row;
    const shown = await preview(row, data, template, tokenizer);
    return 'dropped' in shown ? shown : { ...shown, ...parity(row, shown.messages, data, template, tokenizer) };
  } catch (error) {
    if (error instanceof RowError) return unusableRow(error);
    throw error;
  }
}

/** A row with which a run would stop. */
export function unusableRow({ origin, at, what }: RowError): DroppedRow {
  return { dataset: origin.dataset, row: origin.row, code: 'broken', dropped: `it ${what} (this stops a run)`, at };
}

async function preview(
  row: Conversation,
  data: DataOptions,
  template: Template,
  tokenizer: Tokenizer,
): Promise<PreviewedRow> {
  const base = { dataset: row.dataset, row: row.row, messages: row.messages };
  switch (data.stage) {
    case 'pt': {
      const options = { cutoffLength: data.cutoffLength, template: data.templateName };
      const [example] = await encodePretrain([row], tokenizer, options);
      if (!example || row.messages.length === 0) return withoutText(row);
      const reasons = [{ reason: 'response' as const, length: example.ids.length }];
      return { ...base, ...(await described({ example, reasons }, tokenizer)), truncated: false };
    }
    case 'rm':
    case 'dpo': {
      const [encoded] = await encodePairs([row], template, tokenizer, data);
      if (!encoded || 'dropped' in encoded || !row.preference) return encoded as DroppedRow;
      const { chosen, rejected } = row.preference;
      const other = { message: rejected, ...(await described(encoded.rejected, tokenizer)) };
      const messages = [...row.messages, chosen];
      return { ...base, ...(await described(encoded.chosen, tokenizer)), messages, truncated: encoded.truncated, rejected: other, ...noted(encoded) }; // prettier-ignore
    }
    case 'kto': {
      const [encoded] = await encodeFeedback([row], template, tokenizer, data);
      if (!encoded || 'dropped' in encoded) return encoded as DroppedRow;
      const { desirable } = encoded;
      return {
        ...base,
        ...(await described(encoded.own, tokenizer)),
        truncated: encoded.truncated,
        desirable,
        ...noted(encoded),
      };
    }
    case 'ppo': {
      const [encoded] = await encodePrompts([row], template, tokenizer, data);
      if (!encoded || 'dropped' in encoded) return encoded as DroppedRow;
      return {
        ...base,
        ...(await described(encoded.shown, tokenizer)),
        truncated: encoded.truncated,
        ...noted(encoded),
      };
    }
    case 'sft': {
      const [encoded] = await encodeSupervised([row], template, tokenizer, data);
      if (!encoded || 'dropped' in encoded) return encoded as DroppedRow;
      if (isTooLongToPack(data, encoded.example.ids.length)) return tooLongToPack(row, data);
      return { ...base, ...(await described(encoded, tokenizer)), truncated: encoded.truncated, ...noted(encoded) };
    }
  }
}

function parity(
  row: Conversation,
  messages: readonly Message[],
  data: DataOptions,
  template: Template,
  tokenizer: Tokenizer,
): Pick<PreviewedTokens, 'ownTemplate'> {
  if (data.stage === 'pt' || template.own || messages.length % 2 !== 0) return {};
  const options = { ...data, discardHistoryThoughts: data.maskHistory && !data.preserveThinking };
  const difference = compareTemplates(template, tokenizer, options, { ...row, messages });
  return difference ? { ownTemplate: { at: difference.at, ...difference.around } } : {};
}

const noted = ({ notes = [] }: { readonly notes?: readonly RenderNote[] }): Pick<PreviewedTokens, 'notes'> =>
  notes.length > 0 ? { notes } : {};

/** Packing rows leaves out what does not fit into a block. */
export const isTooLongToPack = ({ stage, packing, cutoffLength }: DataOptions, length: number): boolean =>
  stage === 'sft' && packing && length > cutoffLength;

export const tooLongToPack = (row: Conversation, { cutoffLength }: DataOptions): DroppedRow =>
  drop(row, 'too-long-to-pack', `it has more than ${cutoffLength} tokens and packing does not cut`);

export const withoutText = (row: Conversation): DroppedRow => drop(row, 'no-text', 'it has no text');

const drop = ({ dataset, row }: Conversation, code: DroppedRow['code'], dropped: string): DroppedRow => ({
  dataset,
  row,
  code,
  dropped,
  at: [],
});

async function described(explained: Explained, tokenizer: Tokenizer): Promise<PreviewedText> {
  const { example, reasons } = explained;
  const tokens = await toSegments(explained, tokenizer);
  const cut = await lostSegments(reasons, tokenizer);
  return {
    text: tokens.map(({ text }) => text).join(''),
    ids: [...example.ids],
    labels: [...example.labels],
    tokens,
    ...(cut.length > 0 ? { cut } : {}),
  };
}
