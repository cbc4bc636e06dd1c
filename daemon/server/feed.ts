// The feed of changes that all clients share: a ring of the last messages. Who is too far behind is told to fetch anew.
import type { FeedEvent } from './protocol.ts';
import type { StreamMessage, StreamSource } from './streams.ts';

/** Messages kept. */
const KEPT = 500;
/** Messages handed out at once. */
const AT_ONCE = 50;
/** Milliseconds in which changes of one run become one message. */
const TOGETHER = 100;

interface Message extends StreamMessage {
  readonly seq: number;
  /** Only the client of this session may know. */
  readonly session: string | undefined;
}

export class Feed {
  /** Cursors of another daemon mean nothing here. */
  readonly #epoch: string;
  readonly #ring: Message[] = [];
  #seq = 0;
  readonly #waiting = new Set<() => void>();
  readonly #pending = new Map<string, () => FeedEvent | undefined>();
  #timer: NodeJS.Timeout | undefined;

  constructor(epoch: string) {
    this.#epoch = epoch;
  }

  publish(event: FeedEvent, session?: string): void {
    this.#seq += 1;
    this.#ring.push({
      seq: this.#seq,
      id: `${this.#epoch}.${this.#seq}`,
      event: event.type,
      data: JSON.stringify(event),
      session,
    });
    if (this.#ring.length > KEPT) this.#ring.shift();
    for (const wake of this.#waiting) wake();
  }

  /** Publishes what `make` gives a moment later; the last of several with one key counts. */
  publishSoon(key: string, make: () => FeedEvent | undefined): void {
    this.#pending.set(key, make);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const pending = [...this.#pending.values()];
      this.#pending.clear();
      for (const one of pending) {
        const event = one();
        if (event) this.publish(event);
      }
    }, TOGETHER);
  }

  /** What one client sees; `cursor` is the id of the last message it has. */
  source(cursor: string | undefined, session: string | undefined, hello: FeedEvent): StreamSource {
    const [epoch, count] = (cursor ?? '').split('.');
    const known = epoch === this.#epoch ? Number(count) : Number.NaN;
    let at = Number.isSafeInteger(known) && known >= 0 && known <= this.#seq ? known : this.#seq;
    const first: StreamMessage[] = [message(hello)];
    if (cursor !== undefined && at !== known) first.push({ ...message({ type: 'reset' }), id: `${this.#epoch}.${at}` });
    return {
      read: () => {
        if (first.length > 0) return Promise.resolve(first.splice(0));
        for (;;) {
          const oldest = this.#ring[0]?.seq ?? this.#seq + 1;
          if (at < this.#seq && at + 1 < oldest) {
            at = this.#seq;
            return Promise.resolve([{ ...message({ type: 'reset' }), id: `${this.#epoch}.${at}` }]);
          }
          const start = Math.max(0, at + 1 - oldest);
          const next = this.#ring.slice(start, start + AT_ONCE);
          at = next.at(-1)?.seq ?? at;
          const visible = next.filter((one) => one.session === undefined || one.session === session);
          if (visible.length > 0 || next.length === 0) return Promise.resolve(visible);
        }
      },
      wait: (signal) => this.#wait(() => at < this.#seq, signal),
    };
  }

  #wait(ready: () => boolean, signal: AbortSignal): Promise<void> {
    if (ready() || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener('abort', done);
    });
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}

const message = (event: FeedEvent): StreamMessage => ({ event: event.type, data: JSON.stringify(event) });
