// anneal logs RUN [--follow]: what a run has said, and what it says from now on.
import { z } from 'zod';
import { recordedEvent, type RecordedEvent } from '../protocol.ts';
import { runSummary, type RunSummary } from '../runs/protocol.ts';
import { connect, type Client } from './client.ts';
import type { Arguments } from './main.ts';
import { hasEnded } from '../runs/states.ts';
import { findRun } from './runs.ts';
import { LineView, TerminalView, type View } from './views.ts';

export async function logs({ words, flags }: Arguments): Promise<number> {
  const client = await connect();
  const { id } = await findRun(client, words[0], 'logs');
  const follow = flags.has('--follow');
  const view: View =
    follow && process.stdout.isTTY ? new TerminalView(process.stdout) : new LineView((text) => console.log(text));
  // a reader that has seen enough, like head
  process.stdout.on('error', () => process.exit(0));
  const show = (record: RecordedEvent): void => {
    if (flags.has('--json')) console.log(JSON.stringify(record));
    else view.show(record.event);
  };
  const { failure } = follow ? await followRun(client, id, show) : await showLog(client, id, show);
  view.close();
  if (failure) console.error(failure.message);
  return 0;
}

async function showLog(client: Client, id: string, show: (record: RecordedEvent) => void): Promise<RunSummary> {
  for (let after = 0; ;) {
    const { records, last } = await client.call('runRecords', { params: { id }, query: { after } });
    for (const record of records) show(record);
    after = records.at(-1)?.seq ?? last;
    if (after >= last) return await client.call('getRun', { params: { id } });
  }
}

/** Until the run has ended; gives the run as it is then. A daemon that ends meanwhile is followed by a new one, from the last event on. */
async function followRun(client: Client, id: string, show: (record: RecordedEvent) => void): Promise<RunSummary> {
  let after = 0;
  for (let current = client; ; current = await connect()) {
    const leaving = new AbortController();
    let run: RunSummary | undefined;
    try {
      const parts = { params: { id }, query: { after } };
      for await (const { event, data } of current.stream('runEvents', parts, leaving.signal)) {
        if (event === 'state') {
          run = runSummary.parse(JSON.parse(data));
        } else {
          const { seq } = z.object({ seq: z.number() }).parse(JSON.parse(data));
          after = seq;
          // a later version may have written events that this one cannot show
          const record = recordedEvent.safeParse(JSON.parse(data)).data;
          if (record) show(record);
        }
        // its last event may still be to come
        if (run && hasEnded(run.state) && after >= run.progress.seq) return run;
      }
    } catch (error) {
      // the connection broke: with a daemon that was killed, say
      if (!(error instanceof TypeError)) throw error;
    } finally {
      leaving.abort();
    }
  }
}
