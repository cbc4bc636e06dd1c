// Rows as prompts to generate from, with the answer that would be right: prediction and ppo, as LLaMA-Factory 0.9.5 encodes them.
import { answersOf, promptOf, type Conversation, type DroppedRow, type Message } from '../conversation.ts';
import { tokeniseAnswers, writeAnswer, type AnswerToEncode, type Explained, type OneTurnOptions } from '../encoding/one-turn.ts'; // prettier-ignore
import { lengthOf } from '../encoding/tokenise.ts';
import { truncateTurn } from '../truncation.ts';
import type { PromptExample } from '../example.ts';
import type { Template } from '../template/registry.ts';
import type { RenderNote } from '../template/render.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';

export interface EncodedPrompt {
  readonly prompt: PromptExample;
  /** The prompt alone, nothing trained. */
  readonly shown: Explained;
  readonly truncated: boolean;
  readonly notes: readonly RenderNote[];
}

/** What a row without exactly one answer is compared with. */
const none: Message = { role: 'assistant', content: '' };

/** Rows whose prompt part is not odd are dropped. Throws RowError where a row cannot be rendered. */
export async function encodePrompts(
  rows: readonly Conversation[],
  template: Template,
  tokenizer: Tokenizer,
  options: OneTurnOptions,
): Promise<(EncodedPrompt | DroppedRow)[]> {
  const answers: AnswerToEncode[] = [];
  const dropped = rows.map((row): DroppedRow | undefined => {
    const prompt = promptOf(row);
    const [answer = none, second] = answersOf(row);
    if (prompt.length % 2 === 0)
      return { dataset: row.dataset, row: row.row, code: 'empty-conversation', dropped: 'it has no messages', at: [] };
    answers.push({ row, prompt, answer: second ? none : answer });
    return undefined;
  });
  const tokenised = await tokeniseAnswers(answers, template, tokenizer, options);
  let next = 0;
  return dropped.map((reason, i) => {
    if (reason) return reason;
    const row = rows[i] as Conversation;
    const { prompt = [], answer = [], notes = [] } = tokenised[next++] ?? {};
    const [source, target] = [lengthOf(prompt), lengthOf(answer)];
    const [keptPrompt, keptAnswer] = truncateTurn(source, target, options.cutoffLength);
    const shown = writeAnswer(row, prompt, [], keptPrompt, 0);
    const reference = writeAnswer(row, [], answer, 0, keptAnswer).example.ids;
    return {
      prompt: { origins: shown.example.origins, prompt: shown.example.ids, reference },
      shown,
      truncated: keptPrompt < source || keptAnswer < target,
      notes,
    };
  });
}
