// fetch that waits where a server asks to: too many requests, a short outage, a connection that broke before the answer.
import { setTimeout as wait } from 'node:timers/promises';

export interface Patience {
  readonly fetch?: typeof fetch;
  /** Waits in milliseconds; tests hand in one that does not. */
  readonly sleep?: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

const TRIES = 5;
const LONGEST_WAIT = 60_000;
/** For the head of an answer, not its body. */
const ANSWER_WITHIN = 30_000;

const worthAnotherTry = new Set([408, 429, 500, 502, 503, 504]);

/** Seconds or a date in Retry-After; else 0.5, 1, 2, 4 seconds. */
function pause(response: Response | undefined, attempt: number): number {
  const asked = response?.headers.get('retry-after');
  const seconds = asked ? Number(asked) : NaN;
  const milliseconds = Number.isFinite(seconds) ? seconds * 1000 : 500 * 2 ** attempt;
  return Math.min(LONGEST_WAIT, milliseconds);
}

export const sleepFor = async (milliseconds: number, signal: AbortSignal | undefined): Promise<void> => {
  await wait(milliseconds, undefined, signal ? { signal } : {});
};

/** The last answer, or the last failure, after five tries. */
export function patientFetch({ fetch: plain = fetch, sleep = sleepFor, signal }: Patience): typeof fetch {
  return async (input, init) => {
    for (let attempt = 0; ; attempt++) {
      signal?.throwIfAborted();
      const isLast = attempt + 1 === TRIES;
      let response: Response | undefined;
      try {
        response = await answered(plain, input, init, signal);
        if (isLast || !worthAnotherTry.has(response.status)) return response;
        await response.body?.cancel();
      } catch (error) {
        if (isLast || signal?.aborted) throw error;
      }
      await sleep(pause(response, attempt), signal);
    }
  };
}

async function answered(
  plain: typeof fetch,
  input: Parameters<typeof fetch>[0],
  init: RequestInit | undefined,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new Error(`no answer within ${ANSWER_WITHIN / 1000} seconds`)),
    ANSWER_WITHIN,
  );
  const signals = [late.signal, signal, init?.signal].filter((one) => one !== undefined && one !== null);
  try {
    return await plain(input, { ...init, signal: AbortSignal.any(signals) });
  } finally {
    clearTimeout(timer);
  }
}
