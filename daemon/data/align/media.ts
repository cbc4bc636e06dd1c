// Images, videos and audios of a row: kept as references, looked for in media_dir as LLaMA-Factory does, counted against the
// marks in the text.
import type { DatasetEntry } from '../../recipe/dataset-info.ts';
import type { Conversation, Media, MediaReference, Message } from '../conversation.ts';
import { isRow, type Row } from './row.ts';

/** Where files of media are looked for. `find` gives the path below media_dir where there is such a file. */
export interface MediaFolder {
  find(path: string): string | undefined;
}

const isReference = (value: unknown): value is string | Row => typeof value === 'string' || isRow(value);

/**
 * The media columns of a row; nothing where all are empty. Paths are looked for in `folder` for rows of files; one that is not
 * there stays as it is. Other things than paths, frames and objects are left out.
 */
export function alignMedia(
  row: Row,
  { columns, remote }: DatasetEntry,
  folder?: MediaFolder,
): Pick<Conversation, 'media'> {
  if (columns.images === undefined && columns.videos === undefined && columns.audios === undefined) return {};
  const local = remote === undefined || remote.key === 'script_url' ? folder : undefined;
  const found = (path: string): string => local?.find(path) ?? path;
  const listed = (name: string | undefined): MediaReference[] => {
    const value = name === undefined ? undefined : row[name];
    if (value === undefined || value === null) return [];
    return (Array.isArray(value) ? value : [value]).flatMap((entry: unknown): MediaReference[] => {
      if (typeof entry === 'string') return [found(entry)];
      if (Array.isArray(entry)) return [entry.filter((frame) => typeof frame === 'string').map(found)];
      return isReference(entry) ? [entry] : [];
    });
  };
  const media = { images: listed(columns.images), videos: listed(columns.videos), audios: listed(columns.audios) };
  return media.images.length + media.videos.length + media.audios.length > 0 ? { media } : {};
}

export type MediaKind = keyof Media;

/** What stands in a text for one of them. */
export const mediaMarks: Readonly<Record<MediaKind, string>> = {
  images: '<image>',
  videos: '<video>',
  audios: '<audio>',
};

/** How often a kind's mark stands in the messages. */
export function countMarks(messages: readonly Message[], kind: MediaKind): number {
  const mark = mediaMarks[kind];
  let count = 0;
  for (const { content } of messages) {
    for (let at = content.indexOf(mark); at >= 0; at = content.indexOf(mark, at + mark.length)) count += 1;
  }
  return count;
}
