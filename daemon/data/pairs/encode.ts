// Ranking rows become pairs of Examples for rm, dpo, orpo and simpo, as LLaMA-Factory 0.9.5 encodes them: one prompt (the one
// rendered with the chosen answer), cut once with the longer of the two answers.
import { answersOf, promptOf, type Conversation, type DroppedRow } from '../conversation.ts';
import { tokeniseAnswers, writeAnswer, type AnswerToEncode, type Explained, type OneTurnOptions } from '../encoding/one-turn.ts'; // prettier-ignore
import { lengthOf } from '../encoding/tokenise.ts';
import { truncateTurn } from '../truncation.ts';
import type { PairExample } from '../example.ts';
import type { Template } from '../template/registry.ts';
import type { RenderNote } from '../template/render.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';

export interface EncodedPair {
  readonly pair: PairExample;
  readonly chosen: Explained;
  readonly rejected: Explained;
  readonly truncated: boolean;
  readonly notes: readonly RenderNote[];
}

/** Rows that have no two answers to one question are dropped. Throws RowError where a row cannot be rendered. */
export async function encodePairs(
  rows: readonly Conversation[],
  template: Template,
  tokenizer: Tokenizer,
  options: OneTurnOptions,
): Promise<(EncodedPair | DroppedRow)[]> {
  const answers: AnswerToEncode[] = [];
  const dropped = rows.map((row): DroppedRow | undefined => {
    const prompt = promptOf(row);
    const [chosen, rejected] = answersOf(row);
    if (prompt.length === 0) return { ...drop(row), code: 'empty-conversation', dropped: 'it has no messages' };
    if (prompt.length % 2 === 0 || !chosen || !rejected)
      return { ...drop(row), code: 'missing-field', dropped: 'it has no pair of a chosen and a rejected answer' };
    answers.push({ row, prompt, answer: chosen }, { row, prompt, answer: rejected });
    return undefined;
  });
  const tokenised = await tokeniseAnswers(answers, template, tokenizer, options);
  let next = 0;
  return dropped.map((reason, i) => {
    if (reason) return reason;
    const [first, second] = [tokenised[next++], tokenised[next++]];
    if (!first || !second) throw new Error('an answer is missing');
    const row = rows[i] as Conversation;
    const [prompt, longer] = [lengthOf(first.prompt), Math.max(lengthOf(first.answer), lengthOf(second.answer))];
    const [keptPrompt, keptAnswer] = truncateTurn(prompt, longer, options.cutoffLength);
    const chosen = writeAnswer(row, first.prompt, first.answer, keptPrompt, keptAnswer);
    const rejected = writeAnswer(row, first.prompt, second.answer, keptPrompt, keptAnswer);
    return {
      pair: { chosen: chosen.example, rejected: rejected.example, promptLength: keptPrompt },
      chosen,
      rejected,
      truncated: keptPrompt < prompt || keptAnswer < longer,
      notes: first.notes,
    };
  });
}

const drop = ({ dataset, row }: Conversation): Omit<DroppedRow, 'code' | 'dropped'> => ({ dataset, row, at: [] });
