// A KTO row apart from its neighbours: its prompt and its answer uncut, so that any prompt can be joined with the answer of the row
// in front of it. An empty thought between them goes with the answer: whether there is one depends on that.
import type { Example, FeedbackExample } from '../example.ts';
import { IGNORED } from '../example.ts';
import type { KeptRow, Part, TokenisedRow, UnusedRow } from '../row-table.ts';
import { truncateTurn } from '../truncation.ts';
import type { EncodedFeedback, LeftOutFeedback } from './encode.ts';

/** Marks of a row: whether its answer is desirable, tokens of its second part that count as the prompt's. */
export function feedbackParts(row: EncodedFeedback | LeftOutFeedback): TokenisedRow | UnusedRow {
  if ('dropped' in row) {
    const { answer, ...dropped } = row;
    return answer ? { ...dropped, parts: [nothing, answer.part], marks: [0, answer.lead] } : dropped;
  }
  const { prompt, answer, desirable, own, truncated } = row;
  return {
    parts: [prompt, answer.part],
    marks: [desirable ? 1 : 0, answer.lead],
    length: own.example.ids.length,
    truncated,
  };
}

const nothing: Part = { ids: new Int32Array(), labels: new Int32Array() };

/** Whether a row, left out or not, has an answer for the row behind it. */
export const hasAnswer = ({ parts }: KeptRow): boolean => (parts[1]?.ids.length ?? 0) > 0;

/** A row's example: its prompt with its own answer and with that of `before`, each cut to `cutoff` tokens. */
export function feedbackOf(row: KeptRow, before: KeptRow, cutoff: number): FeedbackExample {
  return { own: joined(row, row, cutoff), kl: joined(row, before, cutoff), desirable: row.marks[0] === 1 };
}

function joined({ origin, parts: [prompt] }: KeptRow, { parts, marks }: KeptRow, cutoff: number): Example {
  const answer = parts[1];
  if (!prompt || !answer) throw new Error('a row has no answer');
  const lead = marks[1] ?? 0;
  const front = prompt.ids.length + lead;
  const [keptFront, keptAnswer] = truncateTurn(front, answer.ids.length - lead, cutoff);
  const ids = new Int32Array(keptFront + keptAnswer);
  const labels = new Int32Array(ids.length).fill(IGNORED);
  ids.set(prompt.ids.subarray(0, keptFront));
  if (keptFront > prompt.ids.length) ids.set(answer.ids.subarray(0, keptFront - prompt.ids.length), prompt.ids.length);
  ids.set(answer.ids.subarray(lead, lead + keptAnswer), keptFront);
  labels.set(answer.labels.subarray(lead, lead + keptAnswer), keptFront);
  return { origins: [origin], ids, labels };
}
