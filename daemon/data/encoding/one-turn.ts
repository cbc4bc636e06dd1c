// Rows of which one answer alone is learned or wanted: everything before it is the prompt (pairs, kto rows, predictions).
import type { Conversation, Message } from '../conversation.ts';
import type { Example } from '../example.ts';
import type { Template } from '../template/registry.ts';
import { ofRow } from '../template/render-error.ts';
import type { RenderNote, RenderOptions, Turn } from '../template/render.ts';
import { rendererOf } from '../template/renderer.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { checkMedia } from './check-media.ts';
import { lengthOf, tokenise, type Piece } from './tokenise.ts';
import { Writer, type Stretch } from './writer.ts';

export interface OneTurnOptions extends Omit<RenderOptions, 'discardHistoryThoughts'> {
  readonly cutoffLength: number;
}

export interface Explained {
  readonly example: Example;
  /** Why the tokens are or are not trained: stretches that cover them in order. */
  readonly reasons: readonly Stretch[];
}

/** A prompt and its answer as pieces; where turns have no end token of their own the answer has eos. */
export interface TokenisedAnswer {
  readonly prompt: readonly Piece[];
  readonly answer: readonly Piece[];
  readonly notes: readonly RenderNote[];
}

export interface AnswerToEncode {
  readonly row: Conversation;
  readonly prompt: readonly Message[];
  readonly answer: Message;
}

/** Tokenises many answers at once. Throws RowError where a row cannot be rendered. */
export async function tokeniseAnswers(
  answers: readonly AnswerToEncode[],
  template: Template,
  tokenizer: Tokenizer,
  options: OneTurnOptions,
): Promise<TokenisedAnswer[]> {
  const renderer = rendererOf(template, { ...options, discardHistoryThoughts: false });
  const notes: (readonly RenderNote[])[] = [];
  const lists = answers.flatMap(({ row, prompt, answer }): Turn['source'][] => {
    const messages = [...prompt, answer];
    checkMedia(row, messages, template);
    const { source, target, note } = ofRow(row, () => renderer.oneTurn({ ...row, messages }));
    notes.push(note ? [note] : []);
    return [source, template.efficient_eos ? [...target, { kind: 'response', own: 'eos' }] : target];
  });
  const pieces = await tokenise(lists, tokenizer);
  return answers.map((_, i) => ({
    prompt: pieces[2 * i] ?? [],
    answer: pieces[2 * i + 1] ?? [],
    notes: notes[i] ?? [],
  }));
}

/** A prompt that is masked and an answer that is trained, each cut to its number of tokens. */
export function writeAnswer(
  row: Conversation,
  prompt: readonly Piece[],
  answer: readonly Piece[],
  keptPrompt: number,
  keptAnswer: number,
): Explained {
  const out = new Writer(Math.min(keptPrompt, lengthOf(prompt)) + Math.min(keptAnswer, lengthOf(answer)));
  out.write(prompt, keptPrompt, 0);
  out.write(answer, keptAnswer, 1);
  return { example: out.example(row), reasons: out.reasons };
}
