// Rows of one dataset become a shard: aligned, tokenised, written as Arrow.
import type { DatasetEntry } from '../../recipe/dataset-info.ts';
import { alignRow } from '../align/align.ts';
import { refuseMedia } from '../check-rows.ts';
import type { Conversation } from '../conversation.ts';
import type { DataOptions } from '../options.ts';
import { openMediaFolder } from '../source/media-folder.ts';
import type { SourceRow } from '../source/row.ts';
import type { RowTokeniser } from '../stage-rows.ts';
import { encodeShard } from './shard.ts';

/** All that a shard is made of. */
export type ShardRow = Pick<SourceRow, 'value' | 'row' | 'text'>;

/** Throws RowError for a row that stops a run. */
export async function makeShard(
  rows: readonly ShardRow[],
  entry: DatasetEntry,
  { mediaDir, stage }: DataOptions,
  tokenise: RowTokeniser,
): Promise<Uint8Array> {
  const media = openMediaFolder(mediaDir);
  const aligned = rows.map(({ value, row, text }) => {
    const found = alignRow(value, entry, { dataset: entry.name, row }, media, text);
    if (!('dropped' in found) && stage !== 'pt') refuseMedia(found);
    return found;
  });
  const usable = aligned.filter((row): row is Conversation => !('dropped' in row));
  const tokenised = await tokenise(usable);
  let next = 0;
  return encodeShard(aligned.flatMap((row) => ('dropped' in row ? row : (tokenised[next++] ?? []))));
}
