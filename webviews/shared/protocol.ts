// What every view and its host say to each other before and beside the messages of their own.
import { z } from 'zod';

/** Answer to `ready`, before anything else: the language of the window and its sentences (English → translation; empty for English). */
export const startMessage = z.object({
  type: z.literal('start'),
  language: z.string().max(40),
  sentences: z.record(z.string(), z.string()),
});
export type StartMessage = z.infer<typeof startMessage>;

/** The view can take messages: sent once, when its code has run, and again when it is made anew. */
export const readyMessage = z.object({ type: z.literal('ready') });

/** The view refused a message, or something in it failed: for the log of the host. */
export const refusedMessage = z.object({ type: z.literal('refused'), reason: z.string().max(10_000) });

/** What all views may say; a view's own protocol lists these beside its own messages. */
export const commonMessages = [readyMessage, refusedMessage] as const;
export type CommonMessage = z.infer<(typeof commonMessages)[number]>;
