// Divides the text of a whole row into turns, each what the chat template adds: the prompt up to where the answer begins, then the
// answer. That the text of a part begins the text of the whole is checked, not assumed. Where it does not (thoughts are cut from
// answers once they are history, a prompt opens a thought that the answer never had, the system text moves), the places of the
// row's words are found by a mark; what cannot be told apart by them is no row to train on.
import type { Message } from '../conversation.ts';
import { MARK, type Chat } from './own-chat.ts';
import { RenderError } from './render-error.ts';
import type { Rendered, RenderNote, Turn } from './render.ts';
import type { Element, TextElement } from './slot.ts';

interface Answer {
  readonly start: number;
  readonly end: number;
  readonly note: RenderNote | undefined;
}

export class Division {
  readonly #chat: Chat;
  readonly #whole: string;
  readonly #row: Rendered;

  constructor(chat: Chat, whole: string, row: Rendered) {
    this.#chat = chat;
    this.#whole = whole;
    this.#row = row;
  }

  /** Throws RenderError where the turns cannot be told apart with certainty. */
  turns(): Turn[] {
    const { messages } = this.#row;
    const turns: Turn[] = [];
    let at = 0;
    for (let index = 1; index < messages.length; index += 2) {
      const { start, end, note } = this.#answer(index);
      if (start < at || end < start) return this.#uncertain(index);
      const [asked, answered] = [messages[index - 1] as Message, messages[index] as Message];
      turns.push({
        source: this.#elements(at, start, index - 1, index, 'prompt'),
        target: this.#elements(start, end, index, index + 1, 'response'),
        sourceWeight: asked.weight,
        targetWeight: answered.weight,
        note,
      });
      at = end;
    }
    return turns;
  }

  /** All before the last answer, and it. Throws as turns() does. */
  last(): Turn {
    const index = this.#row.messages.length - 1;
    const { start, note } = this.#answer(index);
    return {
      source: this.#elements(0, start, 0, index, 'prompt'),
      target: this.#elements(start, this.#whole.length, index, index + 1, 'response'),
      note,
    };
  }

  #elements(from: number, to: number, first: number, end: number, kind: TextElement['kind']): Element[] {
    return from === to ? [] : [this.#chat.element(this.#whole.slice(from, to), first, end, kind)];
  }

  /** Where answer `index` begins and ends in the whole text. */
  #answer(index: number): Answer {
    const whole = this.#whole;
    const prompt = this.#chat.render(index, true);
    const isLast = index + 1 === this.#row.messages.length;
    const finished = isLast ? whole : this.#chat.render(index + 1, false);
    const [starts, ends] = [whole.startsWith(prompt), whole.startsWith(finished)];
    if (starts && ends) return { start: prompt.length, end: finished.length, note: undefined };
    return {
      start: starts ? prompt.length : this.#start(index),
      end: ends ? finished.length : this.#end(index),
      note: starts ? historyRewritten(index) : promptDiffers(index),
    };
  }

  /** Behind what the prompt writes after the question; at the words where the prompt goes on beyond them (it opens a thought). */
  #start(index: number): number {
    const question = this.#place(index - 1);
    const words = this.#place(index);
    const marked = this.#chat.renderWithMark(index - 1, index, true);
    const opening = marked.slice(marked.lastIndexOf(MARK) + MARK.length);
    const between = this.#whole.slice(question.to, words.from);
    if (between.startsWith(opening)) return question.to + opening.length;
    return opening.startsWith(between) ? words.from : this.#uncertain(index);
  }

  /** Behind what the template writes after an answer that ends a conversation, or in front of what opens the next question. */
  #end(index: number): number {
    const words = this.#place(index);
    const marked = this.#chat.renderWithMark(index, index + 1);
    const tail = marked.slice(marked.lastIndexOf(MARK) + MARK.length);
    if (this.#whole.startsWith(tail, words.to)) return words.to + tail.length;
    const rest = this.#whole.slice(words.to, this.#place(index + 1).from);
    const alone = this.#chat.renderMarkAlone(index + 1);
    const kept = rest.slice(0, rest.length - commonEnd(rest, alone.slice(0, alone.indexOf(MARK))));
    return kept !== '' && tail.startsWith(kept) ? words.to + kept.length : this.#uncertain(index);
  }

  /** Where the words of message `index` stand in the whole: what a mark in their place leaves alone before and behind it. */
  #place(index: number): { from: number; to: number } {
    const marked = this.#chat.renderWithMark(index, this.#row.messages.length);
    const at = marked.indexOf(MARK);
    const [before, behind] = [marked.slice(0, at), marked.slice(at + MARK.length)];
    const alone = at >= 0 && !behind.includes(MARK) && before.length + behind.length <= this.#whole.length;
    if (!alone || !this.#whole.startsWith(before) || !this.#whole.endsWith(behind)) return this.#uncertain(index);
    return { from: before.length, to: this.#whole.length - behind.length };
  }

  #uncertain(index: number): never {
    throw new RenderError('template-derivation', `cannot be divided into questions and answers with certainty: the model's own chat template writes message ${index + 1} in another way once the conversation goes on, so name a template in the recipe`); // prettier-ignore
  }
}

/** Characters that two texts end in alike. */
function commonEnd(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a.at(-1 - length) === b.at(-1 - length)) length += 1;
  return length;
}

const historyRewritten = (index: number): RenderNote => ({
  code: 'history-rewritten',
  text: `The chat template writes message ${index + 1} in another way once it is history (thoughts are cut from it). It is trained as it stands there; with mask_history: true only the last answer is trained.`,
});

const promptDiffers = (index: number): RenderNote => ({
  code: 'prompt-differs',
  text: `The model will be asked for message ${index + 1} by another prompt than the text in front of it here: the chat template opens a thought that the answer does not have, or writes what came before in another way once the conversation goes on.`,
});
