// A tokenizer's own chat template (Jinja), compiled once and rendered as transformers' apply_chat_template renders it.
import { Template as JinjaTemplate } from '@huggingface/jinja';

export interface ToolCallMessage {
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: unknown };
}

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string;
  readonly tool_calls?: readonly ToolCallMessage[];
}

/** What a chat template is asked for besides its messages. */
export interface ChatOptions {
  /** add_generation_prompt: ends where an answer begins. */
  readonly generation: boolean;
  readonly tools?: readonly unknown[] | undefined;
  /** Variables a recipe sets (enable_thinking, preserve_thinking). */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

/** A text and the stretches of it, by characters, that {% generation %} blocks mark as answers. */
export interface MarkedText {
  readonly text: string;
  readonly answers: readonly { readonly from: number; readonly to: number }[];
}

/** The special tokens that templates write. */
export interface ChatTokens {
  readonly bosToken: string | undefined;
  readonly eosToken: string | undefined;
  readonly padToken: string | undefined;
  readonly unkToken: string | undefined;
}

// private-use characters in an order no text has: they stand for the two tags in a rendered text
const [OPENS, CLOSES] = ['\u{f0001}\u{ffffd}\u{f0002}', '\u{f0002}\u{ffffd}\u{f0001}'];
const generationTag = /\{%(-?)\s*(end)?generation\s*(-?)%\}/g;

export class ChatTemplate {
  readonly source: string;
  readonly #tokens: ChatTokens;
  readonly #today: string | undefined;
  readonly #compiled: JinjaTemplate;
  #marked: JinjaTemplate | undefined;

  /**
   * `today` ("15 Jan 2025") is what strftime_now tells; without it there is no such function, and templates write the date they
   * fall back to. Throws where the source is no Jinja.
   */
  constructor(source: string, tokens: ChatTokens, today?: string) {
    this.source = source;
    this.#tokens = tokens;
    this.#today = today;
    this.#compiled = compile(source);
  }

  /** Whether it says itself which parts are answers. */
  get marksAnswers(): boolean {
    return /\{%-?\s*generation\s*-?%\}/.test(this.source);
  }

  /** Whether it looks at tools, at calls, and at their results. */
  get knows(): { readonly tools: boolean; readonly calls: boolean; readonly results: boolean } {
    const { source } = this;
    return {
      tools: /\btools\b/.test(source),
      calls: /\btool_calls\b/.test(source),
      results: /(["'])(?:tool|ipython)\1/.test(source),
    };
  }

  /** Throws what the template raises. */
  render(messages: readonly ChatMessage[], options: ChatOptions): string {
    return this.#compiled.render(this.#context(messages, options));
  }

  /** The same text, with the places of {% generation %} blocks. */
  renderMarked(messages: readonly ChatMessage[], options: ChatOptions): MarkedText {
    this.#marked ??= compile(
      this.source.replace(generationTag, (_, left: string, end: string | undefined, right: string) => {
        const mark = end === undefined ? OPENS : CLOSES;
        return `{%${left} if true %}{{ '${mark}' }}{% endif ${right}%}`;
      }),
    );
    const parts = this.#marked.render(this.#context(messages, options)).split(OPENS);
    let text = parts[0] ?? '';
    const answers = parts.slice(1).map((part) => {
      const [answer = '', ...rest] = part.split(CLOSES);
      const from = text.length;
      text += answer + rest.join('');
      return { from, to: from + answer.length };
    });
    return { text, answers };
  }

  #context(messages: readonly ChatMessage[], { generation, tools, variables }: ChatOptions): Record<string, unknown> {
    const today = this.#today;
    return {
      messages: messages.map((message) => ({ ...message })),
      add_generation_prompt: generation,
      bos_token: this.#tokens.bosToken ?? '',
      eos_token: this.#tokens.eosToken ?? '',
      pad_token: this.#tokens.padToken ?? '',
      unk_token: this.#tokens.unkToken ?? '',
      tools: tools ?? null,
      documents: null,
      ...(today === undefined ? {} : { date_of_run: (format: string) => formatDate(format, today) }),
      ...variables,
    };
  }
}

// the library's own strftime_now reads the clock and cannot be replaced under its name
const compile = (source: string): JinjaTemplate =>
  new JinjaTemplate(source.replaceAll(/\bstrftime_now\b/g, 'date_of_run'));

/** The date codes of strftime that chat templates use; others stay as written. */
function formatDate(format: string, today: string): string {
  const date = new Date(`${today} UTC`);
  const part = (options: Intl.DateTimeFormatOptions): string =>
    date.toLocaleDateString('en-US', { ...options, timeZone: 'UTC' });
  const codes: Readonly<Record<string, string>> = {
    '%d': part({ day: '2-digit' }),
    '%m': part({ month: '2-digit' }),
    '%Y': part({ year: 'numeric' }),
    '%y': part({ year: '2-digit' }),
    '%b': part({ month: 'short' }),
    '%B': part({ month: 'long' }),
    '%a': part({ weekday: 'short' }),
    '%A': part({ weekday: 'long' }),
  };
  return format.replace(/%[a-zA-Z]/g, (code) => codes[code] ?? code);
}
