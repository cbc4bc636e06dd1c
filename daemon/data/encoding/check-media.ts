// Whether a template can take what a row shows besides text: kinds it knows, and as many marks as things.
import { countMarks, mediaMarks, type MediaKind } from '../align/media.ts';
import { RowError } from '../align/row.ts';
import type { Conversation, Message } from '../conversation.ts';
import type { Template } from '../template/registry.ts';

const kinds: readonly MediaKind[] = ['images', 'videos', 'audios'];

/** Throws RowError where `messages` (of `row`) and its media do not fit each other or the template, as upstream's plugins do. */
export function checkMedia(row: Conversation, messages: readonly Message[], { name, media = [] }: Template): void {
  if (media.length === 0 && !row.media) return;
  for (const kind of kinds) {
    const shown = row.media?.[kind].length ?? 0;
    if (shown > 0 && !media.includes(kind))
      throw new RowError(row, 'template-takes-no-media', [kind], `has ${kind}, which the template ${name} cannot take: choose one of a model that does`); // prettier-ignore
    if (media.length === 0) continue;
    const marks = countMarks(messages, kind);
    if (marks !== shown)
      throw new RowError(row, 'media-count-mismatch', [kind], `has ${marks} ${mediaMarks[kind]} in its text and ${shown} ${kind}: write one mark for each`); // prettier-ignore
  }
}
