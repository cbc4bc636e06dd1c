// Server-sent events that never pile up: a client that reads slowly is not written to, and what it missed is read again from
// where it lies once it reads on. So a client costs one batch of memory, however far behind it is.
import { once } from 'node:events';
import type { Response } from 'express';

export interface StreamMessage {
  /** Cursor from which a client goes on; undefined for what is not counted. */
  readonly id?: string;
  readonly event: string;
  /** JSON on one line. */
  readonly data: string;
}

/** Where messages come from: it knows the cursor. */
export interface StreamSource {
  /** The next messages, none where there are none yet. */
  read(): Promise<readonly StreamMessage[]>;
  /** Resolves when there may be some, or when the signal is aborted. */
  wait(signal: AbortSignal): Promise<void>;
  /** The client is gone. */
  close?(): void;
}

export interface StreamTimes {
  /** Milliseconds between comments that keep proxies and sockets awake. */
  readonly keepAlive: number;
  /** Milliseconds that a client may leave everything unread; it can come back with its cursor. */
  readonly stalled: number;
}

export const streamTimes: StreamTimes = { keepAlive: 15_000, stalled: 120_000 };

const format = ({ id, event, data }: StreamMessage): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`;

/** Sends a source to a client until the client goes or the signal is aborted. */
export async function stream(
  response: Response,
  source: StreamSource,
  ending: AbortSignal,
  times: StreamTimes,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, ending]);
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  response.flushHeaders();
  const timer = setInterval(() => {
    if (!response.writableNeedDrain) response.write(': keep-alive\n\n');
  }, times.keepAlive);
  try {
    while (!signal.aborted) {
      const messages = await source.read();
      if (messages.length === 0) await source.wait(signal);
      else if (!response.write(messages.map(format).join(''))) await drained(response, signal, times.stalled);
    }
  } finally {
    clearInterval(timer);
    source.close?.();
    response.end();
  }
}

async function drained(response: Response, signal: AbortSignal, stalled: number): Promise<void> {
  const limit = AbortSignal.timeout(stalled);
  try {
    await once(response, 'drain', { signal: AbortSignal.any([signal, limit]) });
  } catch {
    if (limit.aborted) response.destroy();
  }
}
