// A row as the model's own chat template takes it: rendered up to any message, or with a mark in place of a message's words.
import type { ChatMessage, ChatOptions, ChatTemplate, MarkedText } from './chat-template.ts';
import { chatMessages, chatTools, inWords, knowsAll } from './own-messages.ts';
import { RenderError } from './render-error.ts';
import type { Rendered, RenderOptions } from './render.ts';
import type { Template } from './registry.ts';
import type { Span, TextElement } from './slot.ts';

/** Stands for the words of a message where their place is looked for. */
export const MARK = 'ANNEAL\u2063MARK';

export class Chat {
  readonly #own: ChatTemplate;
  readonly #front: readonly ChatMessage[];
  readonly #messages: readonly (readonly ChatMessage[])[];
  readonly #row: Rendered;
  readonly #options: Omit<ChatOptions, 'generation'>;

  /** `foldsSystem`: the template refuses system texts, which go in front of the first question then. */
  constructor(own: ChatTemplate, template: Template, options: RenderOptions, given: Rendered, foldsSystem: boolean) {
    const format = options.toolFormat ?? template.tool_format;
    const known = options.toolFormat === undefined && knowsAll(own, given.messages, given.tools);
    const row = known ? given : inWords(given, format, template, options.today);
    this.#own = own;
    this.#row = row;
    const system = row.system || (options.defaultSystem ?? '');
    const folds = foldsSystem && system !== '';
    const joint = template.class === 'system-in-first-user' ? template.slots.system[0] : undefined;
    this.#front = system === '' || folds ? [] : [{ role: 'system', content: system }];
    this.#messages = row.messages.map((message, i) => {
      const folded = folds && i === 0 && message.role === 'user';
      const front = typeof joint === 'string' ? joint.replace('{{content}}', () => system) : `${system}\n\n`;
      const content = folded ? front + message.content : message.content;
      return chatMessages({ ...message, content }, template.tool_call_words);
    });
    this.#options = { tools: chatTools(row.tools), variables: options.ownVariables };
  }

  /** The text of the first `count` messages. Throws RenderError for what the template refuses. */
  render(count: number, generation: boolean): string {
    return this.#render(this.#upTo(count), generation);
  }

  /** The same with a mark for the words of message `index`: of several results the last, of calls the last one's name. */
  renderWithMark(index: number, count: number, generation = false): string {
    const messages = this.#messages.slice(0, count).map((parts, i) => {
      const last = parts.at(-1);
      return i === index && last ? [...parts.slice(0, -1), withMark(last)] : parts;
    });
    return this.#render([...this.#front, ...messages.flat()], generation);
  }

  /** A mark for the words of message `index`, and no other message. */
  renderMarkAlone(index: number): string {
    const last = this.#messages[index]?.at(-1);
    return this.#render(last ? [withMark(last)] : [], false);
  }

  renderMarked(): MarkedText {
    const options = { ...this.#options, generation: false };
    return this.#attempt(() => this.#own.renderMarked(this.#upTo(this.#messages.length), options));
  }

  /** A text that is written for messages `first` to `end`, with the places of their own words in it. */
  element(text: string, first: number, end: number, kind: TextElement['kind']): TextElement {
    const spans: Span[] = [];
    let at = 0;
    const find = (words: string, what: Span['kind']): void => {
      const sought = text.includes(words, at) ? words : words.trim();
      const found = sought === '' ? -1 : text.indexOf(sought, at);
      if (found < 0) return;
      at = found + sought.length;
      spans.push({ from: found, to: at, kind: what });
    };
    if (first === 0) find(this.#row.system, 'system');
    for (const { role, content } of this.#row.messages.slice(first, end)) {
      find(content, role === 'observation' ? 'tool-result' : role === 'user' ? 'prompt' : kind);
    }
    return { kind, text, from: 0, to: text.length, spans };
  }

  #upTo(count: number): ChatMessage[] {
    return [...this.#front, ...this.#messages.slice(0, count).flat()];
  }

  #render(messages: readonly ChatMessage[], generation: boolean): string {
    return this.#attempt(() => this.#own.render(messages, { ...this.#options, generation }));
  }

  #attempt<T>(render: () => T): T {
    try {
      return render();
    } catch (cause) {
      throw new RenderError('template-derivation', `is refused by the model's own chat template (${(cause as Error).message}): change the row, or name a template in the recipe`, { cause }); // prettier-ignore
    }
  }
}

function withMark(message: ChatMessage): ChatMessage {
  const calls = message.tool_calls ?? [];
  const last = calls.at(-1);
  if (!last) return { ...message, content: MARK };
  const marked = { ...last, function: { ...last.function, name: MARK } };
  return { ...message, tool_calls: [...calls.slice(0, -1), marked] };
}
