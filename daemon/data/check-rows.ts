// What stops a run before its rows are tokenised: datasets of the wrong kind, rows that show more than text.
import { UserError } from '../errors.ts';
import type { DatasetEntry } from '../recipe/dataset-info.ts';
import { RowError } from './align/row.ts';
import type { Conversation } from './conversation.ts';
import type { Stage } from './options.ts';

/** Throws UserError where a stage that reads pairs gets other rows, or the other way round. */
export function checkRanking({ name, ranking }: DatasetEntry, stage: Stage): void {
  const needed = stage === 'rm' || stage === 'dpo';
  if (ranking === needed) return;
  const what = ranking
    ? `holds preference pairs (ranking: true), which stage ${stage} cannot use: choose stage rm or dpo, or another dataset`
    : `does not hold preference pairs, which stage ${stage} needs: set ranking: true and the columns chosen and rejected in dataset_info.json`;
  throw new UserError('ranking-dataset', `The dataset ${name} ${what}.`);
}

/** Throws RowError for a row that shows more than text: nothing here turns it into what a model takes. */
export function refuseMedia(row: Conversation): void {
  if (!row.media) return;
  const kind = (['images', 'videos', 'audios'] as const).find((each) => (row.media?.[each].length ?? 0) > 0);
  throw new RowError(row, 'media-later', [], `has ${kind}, which Anneal can show but not train on yet: leave such datasets out`); // prettier-ignore
}
