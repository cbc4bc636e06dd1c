// KTO rows as LLaMA-Factory 0.9.5 encodes them: a prompt with its own answer, and both apart, for inside one group each prompt is
// also paired with the answer of the row before (the first with the last's), to estimate the KL divergence (parts.ts).
import { answersOf, promptOf, type Conversation, type DroppedRow } from '../conversation.ts';
import { tokeniseAnswers, writeAnswer, type AnswerToEncode, type Explained, type OneTurnOptions, type TokenisedAnswer } from '../encoding/one-turn.ts'; // prettier-ignore
import { lengthOf, type Piece } from '../encoding/tokenise.ts';
import type { Part } from '../row-table.ts';
import { truncateTurn } from '../truncation.ts';
import type { Template } from '../template/registry.ts';
import type { RenderNote } from '../template/render.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';

/** An answer uncut, behind what it puts at a prompt's end: the first `lead` tokens. */
export interface AnswerPart {
  readonly part: Part;
  readonly lead: number;
}

export interface EncodedFeedback {
  readonly desirable: boolean;
  /** Prompt and own answer, cut to fit. */
  readonly own: Explained;
  /** Uncut. */
  readonly prompt: Part;
  readonly answer: AnswerPart;
  readonly truncated: boolean;
  readonly notes: readonly RenderNote[];
}

/** Its answer may serve the row behind it all the same. */
export type LeftOutFeedback = DroppedRow & { readonly answer?: AnswerPart };

/** Rows without a tag are dropped. Throws RowError where a row cannot be rendered. */
export async function encodeFeedback(
  rows: readonly Conversation[],
  template: Template,
  tokenizer: Tokenizer,
  options: OneTurnOptions,
): Promise<(EncodedFeedback | LeftOutFeedback)[]> {
  const answers: AnswerToEncode[] = [];
  const verdicts = rows.map((row): { verdict: boolean | DroppedRow; place: number } => {
    const prompt = promptOf(row);
    const [first, second] = answersOf(row);
    const at = { dataset: row.dataset, row: row.row, at: [] };
    const place = answers.length;
    if (prompt.length === 0) return { verdict: { ...at, code: 'empty-conversation', dropped: 'it has no messages' }, place: -1 }; // prettier-ignore
    // an empty desirable answer counts as undesirable
    const desirable = first?.content !== '';
    const answer = desirable ? first : second;
    if (prompt.length % 2 === 1 && answer && second) {
      answers.push({ row, prompt, answer });
      return { verdict: desirable, place };
    }
    const serves = answer && !template.own;
    // of a prompt that cannot be used nothing is rendered
    if (serves) answers.push({ row: withoutMedia(row), prompt: [], answer });
    const dropped = 'it has no kto_tag that is true or false';
    return { verdict: { ...at, code: 'kto-tag-invalid', dropped }, place: serves ? place : -1 };
  });
  const tokenised = await tokeniseAnswers(answers, template, tokenizer, options);
  return verdicts.map(({ verdict, place }, i) => {
    const row = rows[i] as Conversation;
    const found = tokenised[place];
    if (typeof verdict !== 'boolean') return found ? { ...verdict, answer: answerOf(row, found) } : verdict;
    if (!found) throw new Error('an answer is missing');
    const own = write(row, found, options.cutoffLength);
    const prompt = partOf(row, found.prompt.slice(0, found.prompt.length - leadOf(found).length), []);
    return { desirable: verdict, own, prompt, answer: answerOf(row, found), truncated: own.truncated, notes: found.notes }; // prettier-ignore
  });
}

const withoutMedia = ({ dataset, row, system, tools, messages }: Conversation): Conversation => ({ dataset, row, system, tools, messages }); // prettier-ignore

/** The empty thought that an answer without one puts at the end of its prompt. */
const leadOf = ({ prompt }: TokenisedAnswer): readonly Piece[] =>
  prompt.at(-1)?.element.kind === 'thought' ? prompt.slice(-1) : [];

function answerOf(row: Conversation, tokenised: TokenisedAnswer): AnswerPart {
  const lead = leadOf(tokenised);
  return { part: partOf(row, lead, tokenised.answer), lead: lengthOf(lead) };
}

function partOf(row: Conversation, masked: readonly Piece[], trained: readonly Piece[]): Part {
  const { ids, labels } = writeAnswer(row, masked, trained, lengthOf(masked), lengthOf(trained)).example;
  return { ids, labels };
}

function write(
  row: Conversation,
  { prompt, answer }: TokenisedAnswer,
  cutoff: number,
): Explained & { truncated: boolean } {
  const [source, target] = [lengthOf(prompt), lengthOf(answer)];
  const [keptSource, keptTarget] = truncateTurn(source, target, cutoff);
  return { ...writeAnswer(row, prompt, answer, keptSource, keptTarget), truncated: keptSource < source || keptTarget < target }; // prettier-ignore
}
