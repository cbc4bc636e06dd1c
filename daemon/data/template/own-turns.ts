// Rows in the model's own chat template. Where its slots (jinja.ts) write exactly what the template writes for the whole row, they
// are the turns; else the text of the whole is divided (own-division.ts), or the template says itself what is an answer.
import type { ChatTemplate } from './chat-template.ts';
import { Chat, MARK } from './own-chat.ts';
import { Division } from './own-division.ts';
import { RenderError } from './render-error.ts';
import { SlotRenderer, type Rendered, type RenderOptions, type RowRenderer, type Turn } from './render.ts';
import type { Template } from './registry.ts';
import type { Element } from './slot.ts';

export class OwnRenderer implements RowRenderer {
  readonly #own: ChatTemplate;
  readonly #template: Template;
  readonly #options: RenderOptions;
  readonly #slots: SlotRenderer | undefined;
  #folds: boolean | undefined;

  constructor(own: ChatTemplate, template: Template, options: RenderOptions) {
    this.#own = own;
    this.#template = template;
    this.#options = options;
    this.#slots = template.slotsFit === false ? undefined : new SlotRenderer(template, options);
  }

  turns(row: Rendered): Turn[] {
    const chat = this.#chat(row);
    if (this.#own.marksAnswers) return markedTurns(chat, row);
    const whole = chat.render(row.messages.length, false);
    const slots = this.#slotTurns(row);
    if (slots && joined(slots) === whole) return slots;
    return new Division(chat, whole, row).turns();
  }

  oneTurn(row: Rendered): Turn {
    const chat = this.#chat(row);
    if (!this.#own.marksAnswers) return new Division(chat, chat.render(row.messages.length, false), row).last();
    const turns = markedTurns(chat, row);
    const last = turns.pop();
    const before = turns.flatMap(({ source, target }) => [...source, ...target]);
    return { source: [...before, ...(last?.source ?? [])], target: last?.target ?? [] };
  }

  prompt(row: Rendered): readonly Element[] {
    const chat = this.#chat(row);
    return [chat.element(chat.render(row.messages.length, true), 0, row.messages.length, 'prompt')];
  }

  /** By slots, where they can be tried. */
  #slotTurns(row: Rendered): Turn[] | undefined {
    try {
      return this.#slots?.turns(row);
    } catch {
      return undefined;
    }
  }

  #chat(row: Rendered): Chat {
    return new Chat(this.#own, this.#template, this.#options, row, this.#foldsSystem());
  }

  /** Some templates refuse a system text, or lose it. */
  #foldsSystem(): boolean {
    if (this.#folds === undefined) {
      try {
        const messages = [{ role: 'system', content: MARK } as const, { role: 'user', content: '?' } as const];
        this.#folds = !this.#own.render(messages, { generation: true }).includes(MARK);
      } catch {
        this.#folds = true;
      }
    }
    return this.#folds;
  }
}

/** Turns as the template's {% generation %} blocks mark them; what follows the last is written and not trained. */
function markedTurns(chat: Chat, row: Rendered): Turn[] {
  const { text, answers } = chat.renderMarked();
  if (answers.length === 0)
    throw new RenderError('template-derivation', "has no answer that the model's own chat template marks with {% generation %}"); // prettier-ignore
  // blocks belong to answers one by one, or it cannot be told whose weight they have
  const ownWeights = answers.length * 2 === row.messages.length;
  let at = 0;
  return answers.map(({ from, to }, i): Turn => {
    const source = [chat.element(text.slice(at, from), 2 * i, 2 * i + 1, 'prompt')];
    const target: Element[] = [chat.element(text.slice(from, to), 2 * i + 1, 2 * i + 2, 'response')];
    at = to;
    if (i === answers.length - 1 && to < text.length)
      target.push({ kind: 'template', text: text.slice(to), from: 0, to: 0 });
    const [question, answer] = ownWeights ? [row.messages[2 * i], row.messages[2 * i + 1]] : [];
    return { source, target, sourceWeight: question?.weight, targetWeight: answer?.weight };
  });
}

const joined = (turns: readonly Turn[]): string =>
  turns.map(({ source, target }) => textOf(source) + textOf(target)).join('');

const textOf = (elements: readonly Element[]): string =>
  elements.map((element) => ('text' in element ? element.text : '')).join('');
