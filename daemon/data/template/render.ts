// One interpreter for all named templates: a Conversation becomes turns of source and target, each a list of elements that
// are tokenised one by one (a tokenizer may merge across what is joined, so the borders matter).
import { UserError } from '../../errors.ts';
import type { Message } from '../conversation.ts';
import type { SlotPart, Template } from './registry.ts';
import { renderCalls, renderTools } from './tools.ts';

export type ElementKind = 'prompt' | 'system' | 'tool-result' | 'thought' | 'response';

/** Text to tokenise, one special token, or the tokenizer's own bos or eos; with what it is part of. */
export type Element = { readonly kind: ElementKind } & (
  { readonly text: string } | { readonly token: string } | { readonly own: 'bos' | 'eos' }
);

export interface Turn {
  readonly source: readonly Element[];
  readonly target: readonly Element[];
}

export interface RenderOptions {
  /** Recipe keys of the same names; undefined where the recipe has none. */
  readonly defaultSystem?: string | undefined;
  readonly toolFormat?: string | undefined;
  /** For reasoning templates: true, false, or null for unset. */
  readonly enableThinking: boolean | null;
  /** mask_history without preserve_thinking: only the last answer keeps its thoughts. */
  readonly discardHistoryThoughts: boolean;
  /** "15 Jan 2025": llama3's tool text carries it. */
  readonly today: string;
}

export interface Rendered {
  readonly messages: readonly Message[];
  readonly system: string;
  readonly tools: string;
}

/** Turns of a conversation whose messages alternate between prompt and answer. Throws UserError as the goldens' errors say. */
export function renderTurns(template: Template, row: Rendered, options: RenderOptions): Turn[] {
  const renderer = new Renderer(template, options);
  return renderer.turns(row);
}

class Renderer {
  readonly template: Template;
  readonly options: RenderOptions;

  constructor(template: Template, options: RenderOptions) {
    this.template = template;
    this.options = options;
  }

  get #reasons(): boolean {
    return this.template.class === 'reasoning' || this.template.class === 'reasoning-glm47';
  }

  turns(row: Rendered): Turn[] {
    const messages = this.#reasons ? this.#cutThoughts(row.messages) : row.messages;
    const turns: Turn[] = [];
    for (let i = 0; i + 1 < messages.length; i += 2) {
      const [question, answer] = [messages[i], messages[i + 1]];
      if (!question || !answer) continue;
      const source = this.#source(question, i, row);
      const target = this.#message(answer, i + 1);
      turns.push(
        this.#reasons ? this.#withThought({ source, target }, answer, i + 2 >= messages.length) : { source, target },
      );
    }
    return turns;
  }

  /** Prefix and system text, in the first turn, and the question. */
  #source(message: Message, index: number, row: Rendered): Element[] {
    if (index > 0) return this.#message(message, index);
    const { slots, class: kind } = this.template;
    const elements = this.#fill(slots.prefix, '', 'prompt');
    const system = row.system || (this.options.defaultSystem ?? this.template.default_system);
    let written: Element[] = [];
    if (system || row.tools) {
      written = this.#fill(slots.system, system + (row.tools ? this.#tools(row.tools) : ''), 'system');
    }
    if (kind !== 'system-in-first-user') return [...elements, ...written, ...this.#message(message, index)];
    const front = message.role === 'user' ? written.map(elementText).join('') : '';
    return [...elements, ...this.#message({ ...message, content: front + message.content }, index)];
  }

  #tools(tools: string): string {
    const { slots, tool_format: own } = this.template;
    if (slots.tools) return this.#fill(slots.tools, tools, 'system').map(elementText).join('');
    return renderTools(this.options.toolFormat ?? own, tools, this.options.today);
  }

  #message(message: Message, index: number): Element[] {
    const { slots } = this.template;
    switch (message.role) {
      case 'user':
        return this.#fill(slots.user, message.content, 'prompt', index);
      case 'assistant':
        return this.#fill(slots.assistant, message.content, 'response');
      case 'observation':
        return this.#fill(slots.observation, message.content, 'tool-result');
      case 'function':
        return this.#fill(this.#functionSlot(), this.#calls(message.content), 'response');
      case 'system':
        throw new UserError(
          'system-message',
          'A system message stands between other messages; only the first may be one.',
        );
    }
  }

  /** A recipe's tool_format brings a function slot of its own. */
  #functionSlot(): readonly SlotPart[] {
    if (this.options.toolFormat === undefined) return this.template.slots.function;
    return this.template.efficient_eos ? ['{{content}}'] : ['{{content}}', { eos: true }];
  }

  /** A function message's JSON in the tool format, with the text around it in front. */
  #calls(content: string): string {
    const format = this.options.toolFormat ?? this.template.tool_format;
    if (this.template.class === 'system-in-first-user') return renderCalls(format, content);
    const [open, close] = this.template.tool_call_words;
    const call = between(content, open, close);
    if (call) return content.replace(call.whole, () => '') + renderCalls(format, call.inner);
    const thought = between(content, ...this.template.thought_words);
    if (!thought) return renderCalls(format, content);
    return (
      thought.whole +
      renderCalls(
        format,
        content.replace(thought.whole, () => ''),
      )
    );
  }

  #fill(slot: readonly SlotPart[], content: string, kind: ElementKind, index?: number): Element[] {
    let open = true;
    return slot.flatMap((part): Element[] => {
      if (typeof part === 'string') {
        let text = part;
        if (open && text.includes('{{content}}')) {
          text = text.replace('{{content}}', () => content);
          open = false;
        }
        if (index !== undefined && this.template.class !== 'system-in-first-user')
          text = text.replace('{{idx}}', String(Math.floor(index / 2)));
        return text === '' ? [] : [{ kind, text }];
      }
      if ('token' in part) return [{ kind, token: part.token }];
      if ('bos' in part) return [{ kind, own: 'bos' }];
      return 'eos' in part ? [{ kind, own: 'eos' }] : [];
    });
  }

  /** Thoughts are cut everywhere when thinking is off, or from all but the last answer when history is discarded. */
  #cutThoughts(messages: readonly Message[]): readonly Message[] {
    const { enableThinking, discardHistoryThoughts } = this.options;
    return messages.map((message, i) => {
      if (message.role !== 'assistant' && message.role !== 'function') return message;
      const cut = enableThinking === false || (discardHistoryThoughts && i < messages.length - 1);
      return cut ? { ...message, content: withoutThoughts(message.content, this.template.thought_words) } : message;
    });
  }

  /** An answer without thoughts gets an empty one: trained where thinking is on, else at the end of the question. */
  #withThought(turn: Turn, answer: Message, last: boolean): Turn {
    const { enableThinking, discardHistoryThoughts } = this.options;
    const [open, close] = this.template.thought_words;
    if (discardHistoryThoughts && !last) return turn;
    if (answer.content.includes(open.trim()) || answer.content.includes(close.trim())) return turn;
    const text = this.template.class === 'reasoning-glm47' ? close : open + close;
    const thought: Element = { kind: 'thought', text };
    if (enableThinking) return { source: turn.source, target: [thought, ...turn.target] };
    return { source: [...turn.source, thought], target: turn.target };
  }
}

/** The first stretch from `open` to the nearest `close`. */
function between(content: string, open: string, close: string): { whole: string; inner: string } | undefined {
  const start = content.indexOf(open);
  const end = start < 0 ? -1 : content.indexOf(close, start + open.length);
  if (end < 0) return undefined;
  return { whole: content.slice(start, end + close.length), inner: content.slice(start + open.length, end) };
}

function withoutThoughts(content: string, [open, close]: readonly [string, string]): string {
  let rest = content;
  for (let found = between(rest, open, close); found; found = between(rest, open, close)) {
    rest = rest.replace(found.whole, () => '');
  }
  return rest.replace(/^\n+/, '');
}

/** An element as text; bos and eos as nothing. */
const elementText = (element: Element): string =>
  'text' in element ? element.text : 'token' in element ? element.token : '';
