// KTO rows become examples of their own and of the row before them, as LLaMA-Factory 0.9.5 encodes them: inside one group, each
// prompt is also paired with the answer of the row before (the first with the last's), to estimate the KL divergence.
import { answersOf, promptOf, type Conversation, type DroppedRow, type Message } from '../conversation.ts';
import { tokeniseAnswers, writeAnswer, type AnswerToEncode, type Explained, type OneTurnOptions, type TokenisedAnswer } from '../encoding/one-turn.ts'; // prettier-ignore
import { lengthOf } from '../encoding/tokenise.ts';
import { truncateTurn } from '../truncation.ts';
import type { FeedbackExample } from '../example.ts';
import type { Template } from '../template/registry.ts';
import type { RenderNote } from '../template/render.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';

export interface EncodedFeedback {
  readonly feedback: FeedbackExample;
  readonly own: Explained;
  readonly kl: Explained;
  readonly truncated: boolean;
  readonly notes: readonly RenderNote[];
}

/**
 * One group of rows (preprocessing_batch_size of them, with those that alignment dropped left empty). Rows without a tag are
 * dropped, their answers serve the next one all the same. Throws RowError where a row cannot be rendered.
 */
export async function encodeFeedback(
  rows: readonly Conversation[],
  template: Template,
  tokenizer: Tokenizer,
  options: OneTurnOptions,
): Promise<(EncodedFeedback | DroppedRow)[]> {
  const answers: AnswerToEncode[] = [];
  const verdicts = rows.map((row, i): boolean | DroppedRow => {
    const prompt = promptOf(row);
    const [first, second] = answersOf(row);
    const at = { dataset: row.dataset, row: row.row, at: [] };
    if (prompt.length === 0) return { ...at, code: 'empty-conversation', dropped: 'it has no messages' };
    if (prompt.length % 2 === 0 || !first || !second)
      return { ...at, code: 'kto-tag-invalid', dropped: 'it has no kto_tag that is true or false' };
    // an empty desirable answer counts as undesirable
    const desirable = first.content !== '';
    const own = desirable ? first : second;
    answers.push({ row, prompt, answer: own }, { row, prompt, answer: answerBefore(rows, i) ?? own });
    return desirable;
  });
  const tokenised = await tokeniseAnswers(answers, template, tokenizer, options);
  let next = 0;
  return verdicts.map((desirable, i) => {
    if (typeof desirable !== 'boolean') return desirable;
    const row = rows[i] as Conversation;
    const notes = tokenised[next]?.notes ?? [];
    const own = write(row, tokenised[next++], options.cutoffLength);
    const kl = write(row, tokenised[next++], options.cutoffLength);
    const feedback = { own: own.example, kl: kl.example, desirable };
    return { feedback, own, kl, truncated: own.truncated || kl.truncated, notes };
  });
}

/** The answer of the row before, round the group. Upstream stops at a row that has none; here the one before that serves. */
function answerBefore(rows: readonly Conversation[], index: number): Message | undefined {
  for (let step = 1; step <= rows.length; step++) {
    const row = rows[(index - step + rows.length) % rows.length] as Conversation;
    const [first, second] = answersOf(row);
    const answer = first?.content === '' ? second : first;
    if (answer) return answer;
  }
  return undefined;
}

function write(
  row: Conversation,
  tokenised: TokenisedAnswer | undefined,
  cutoff: number,
): Explained & { truncated: boolean } {
  if (!tokenised) throw new Error('an answer is missing');
  const { prompt, answer } = tokenised;
  const [source, target] = [lengthOf(prompt), lengthOf(answer)];
  const [keptSource, keptTarget] = truncateTurn(source, target, cutoff);
  return { ...writeAnswer(row, prompt, answer, keptSource, keptTarget), truncated: keptSource < source || keptTarget < target }; // prettier-ignore
}
