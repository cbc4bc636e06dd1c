// What a handler is: the request as its schemas read it in, the response as its schema says out. A route without one does not compile.
import type { z } from 'zod';
import type { RouteName, Routes, ResponseOf } from '../protocol.ts';
import type { Session } from '../sessions.ts';
import type { StreamSource } from '../streams.ts';

export interface HandlerRequest<N extends RouteName> {
  readonly params: z.output<Routes[N]['params']>;
  readonly query: z.output<Routes[N]['query']>;
  readonly body: z.output<Routes[N]['body']>;
  /** The session that the request names. Throws a problem where the daemon does not know it. */
  session(): Session;
  /** The header anneal-session as it came. */
  readonly sessionId: string | undefined;
  /** Last-Event-ID, for streams. */
  readonly lastEventId: string | undefined;
}

/** Routes that go on until the client leaves. */
export type StreamName = 'feed' | 'runEvents';

/** Replies are written out, never changed. */
type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

export type Handler<N extends RouteName> = (
  request: HandlerRequest<N>,
) => Promise<N extends StreamName ? StreamSource : Frozen<ResponseOf<N>>>;

export type Handlers = { readonly [N in RouteName]: Handler<N> };
