// One interpreter for all named templates: a Conversation becomes turns of source and target, each a list of elements that
// are tokenised one by one (a tokenizer may merge across what is joined, so the borders matter).
import type { Message } from '../conversation.ts';
import type { Template } from './registry.ts';
import { RenderError } from './render-error.ts';
import { compileSlot, fillSlot, type CompiledSlot, type Element } from './slot.ts';
import { withoutStretches } from './text.ts';
import { callsInWords, renderCalls, renderTools } from './tools.ts';

export interface Turn {
  readonly source: readonly Element[];
  readonly target: readonly Element[];
  /** The row's own word on training the question and the answer (Message.weight). */
  readonly sourceWeight?: number | undefined;
  readonly targetWeight?: number | undefined;
  /** What a person should know of how it was made from the model's own chat template. */
  readonly note?: RenderNote | undefined;
}

export interface RenderNote {
  readonly code: 'history-rewritten' | 'prompt-differs';
  readonly text: string;
}

export interface RenderOptions {
  /** Recipe keys of the same names; undefined where the recipe has none. */
  readonly defaultSystem?: string | undefined;
  readonly toolFormat?: string | undefined;
  /** For reasoning templates: true, false, or null for unset. */
  readonly enableThinking: boolean | null;
  /** mask_history without preserve_thinking: only the last answer keeps its thoughts. */
  readonly discardHistoryThoughts: boolean;
  /** Reasoning templates keep the thoughts of earlier answers where one answer alone is encoded (pairs, kto, prediction). */
  readonly preserveThinking?: boolean;
  /** Variables for the model's own chat template, where the recipe sets them itself (enable_thinking). */
  readonly ownVariables?: Readonly<Record<string, unknown>> | undefined;
  /** "15 Jan 2025": llama3's tool text carries it. */
  readonly today: string;
}

export interface Rendered {
  readonly messages: readonly Message[];
  readonly system: string;
  readonly tools: string;
}

/** Renders rows of one template. All throw RenderError for a row that cannot be rendered. */
export interface RowRenderer {
  /** Turns of a conversation whose messages alternate between prompt and answer. */
  turns(row: Rendered): Turn[];
  /** All but the last message as one source, the last as the target: how pairs, kto rows and predictions are encoded. */
  oneTurn(row: Rendered): Turn;
  /** What stands in front of the next answer; the last message is a question. */
  prompt(row: Rendered): readonly Element[];
}

/** Renders by slots: they are taken apart once, the texts of tools are remembered. */
export class SlotRenderer implements RowRenderer {
  readonly template: Template;
  readonly options: RenderOptions;
  readonly #slots: Readonly<
    Record<'prefix' | 'system' | 'user' | 'assistant' | 'observation' | 'function', CompiledSlot>
  >;
  readonly #reasons: boolean;
  #tools = '';
  #toolText = '';

  constructor(template: Template, options: RenderOptions) {
    this.template = template;
    this.options = options;
    this.#reasons = template.class === 'reasoning' || template.class === 'reasoning-glm47';
    const { slots } = template;
    // a recipe's tool_format brings a function slot of its own
    const own = template.efficient_eos ? ['{{content}}'] : ['{{content}}', { eos: true } as const];
    this.#slots = {
      prefix: compileSlot(slots.prefix, 'prompt'),
      system: compileSlot(slots.system, 'system'),
      user: compileSlot(slots.user, 'prompt'),
      assistant: compileSlot(slots.assistant, 'response'),
      observation: compileSlot(slots.observation, 'tool-result'),
      function: compileSlot(options.toolFormat === undefined ? slots.function : own, 'response'),
    };
  }

  turns(row: Rendered): Turn[] {
    const messages = this.#reasons ? this.#cutThoughts(row.messages) : row.messages;
    const { discardHistoryThoughts } = this.options;
    const turns: Turn[] = [];
    for (let i = 0; i + 1 < messages.length; i += 2) {
      const [question, answer] = [messages[i] as Message, messages[i + 1] as Message];
      const source = this.#source(question, i, row);
      const target = this.#message(answer, i + 1);
      const thinks = this.#reasons && !(discardHistoryThoughts && i + 2 < messages.length);
      if (thinks) this.#addThought(source, target, answer);
      turns.push({ source, target, sourceWeight: question.weight, targetWeight: answer.weight });
    }
    return turns;
  }

  prompt(row: Rendered): readonly Element[] {
    return this.oneTurn({ ...row, messages: [...row.messages, { role: 'assistant', content: '' }] }).source;
  }

  oneTurn(row: Rendered): Turn {
    let { messages } = row;
    if (this.#reasons) messages = this.#cutEarlierThoughts(messages);
    const source: Element[] = [];
    for (let i = 0; i < messages.length - 1; i++) {
      const message = messages[i] as Message;
      source.push(...(i === 0 ? this.#source(message, i, row) : this.#message(message, i)));
    }
    const answer = messages.at(-1) as Message;
    const target = this.#message(answer, messages.length - 1);
    if (this.#reasons) this.#addThought(source, target, answer);
    return { source, target };
  }

  /** Prefix and system text, in the first turn, and the question. */
  #source(message: Message, index: number, row: Rendered): Element[] {
    if (index > 0) return this.#message(message, index);
    const elements: Element[] = [];
    fillSlot(this.#slots.prefix, '', elements);
    const system = row.system || (this.options.defaultSystem ?? this.template.default_system);
    if (system === '' && row.tools === '') return this.#message(message, index, elements);
    const text = system + (row.tools === '' ? '' : this.#toolsOf(row.tools));
    if (!this.#slots.system.hasContent && text !== '')
      throw new RenderError('template-no-system', 'has a system text or tools, which its template has no place for');
    if (this.template.class !== 'system-in-first-user') {
      fillSlot(this.#slots.system, text, elements);
      return this.#message(message, index, elements);
    }
    // lost where the first message is not the user's
    const [front] = message.role === 'user' ? fillSlot(this.#slots.system, text, []) : [];
    return this.#message(message, index, elements, front && 'text' in front ? front.text : '');
  }

  #toolsOf(tools: string): string {
    if (tools === this.#tools) return this.#toolText;
    const { slots, tool_format: own } = this.template;
    const { toolFormat, today } = this.options;
    // a recipe's tool_format replaces a slot for tools, too
    if (slots.tools && toolFormat === undefined) {
      const [first] = fillSlot(compileSlot(slots.tools, 'system'), tools, []);
      this.#toolText = first && 'text' in first ? first.text : '';
    } else this.#toolText = renderTools(toolFormat ?? own, tools, today);
    this.#tools = tools;
    return this.#toolText;
  }

  /** Adds a message's elements to `into`; `front` stands before its text inside the slot. */
  #message({ role, content }: Message, index: number, into: Element[] = [], front = ''): Element[] {
    switch (role) {
      case 'user': {
        const numbered = this.template.class === 'system-in-first-user' ? undefined : Math.floor(index / 2);
        return fillSlot(this.#slots.user, front + content, into, numbered, front.length);
      }
      case 'assistant':
        return fillSlot(this.#slots.assistant, content, into);
      case 'observation':
        return fillSlot(this.#slots.observation, content, into);
      case 'function':
        return fillSlot(this.#slots.function, this.#calls(content), into);
      case 'system':
        throw new RenderError('system-message', 'has a system message between others; only the first may be one');
    }
  }

  /** A function message's JSON in the tool format, with the text around it in front. */
  #calls(content: string): string {
    const format = this.options.toolFormat ?? this.template.tool_format;
    if (this.template.class === 'system-in-first-user') return renderCalls(format, content);
    return callsInWords(content, format, this.template.tool_call_words, this.template.thought_words);
  }

  /** Thoughts are cut everywhere when thinking is off, or from all but the last answer when history is discarded. */
  #cutThoughts(messages: readonly Message[]): readonly Message[] {
    const { enableThinking, discardHistoryThoughts } = this.options;
    if (enableThinking !== false && !discardHistoryThoughts) return messages;
    return messages.map((message, i) => {
      if (i % 2 === 0) return message;
      const once = enableThinking === false ? this.#withoutThoughts(message) : message;
      // upstream cuts twice where both apply, which shows where thoughts stand in thoughts
      return discardHistoryThoughts && i < messages.length - 1 ? this.#withoutThoughts(once) : once;
    });
  }

  /** Thoughts are cut from earlier answers unless they are preserved, and from the last when thinking is off. */
  #cutEarlierThoughts(messages: readonly Message[]): readonly Message[] {
    const { enableThinking, preserveThinking = false } = this.options;
    const last = messages.length - 1;
    return messages.map((message, i) => {
      const cut = i === last ? enableThinking === false : i % 2 === 1 && !preserveThinking;
      return cut ? this.#withoutThoughts(message) : message;
    });
  }

  #withoutThoughts(message: Message): Message {
    return { ...message, content: withoutStretches(message.content, this.template.thought_words).replace(/^\n+/, '') };
  }

  /** An answer without thoughts gets an empty one: trained where thinking is on, else at the end of the question. */
  #addThought(source: Element[], target: Element[], { content }: Message): void {
    const [open, close] = this.template.thought_words;
    if (content.includes(open.trim()) || content.includes(close.trim())) return;
    const text = this.template.class === 'reasoning-glm47' ? close : open + close;
    const thought: Element = { kind: 'thought', text, from: 0, to: 0 };
    if (this.options.enableThinking) target.unshift(thought);
    else source.push(thought);
  }
}
