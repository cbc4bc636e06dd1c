// The model's own chat template (Jinja) as slots: rendered around a marker, the text before and after it is the slot.
// LLaMA-Factory 0.9.5 derives a template in the same way when a recipe names none.
import { Template as JinjaTemplate } from '@huggingface/jinja';
import { UserError } from '../../errors.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { SlotPart, Template } from './registry.ts';

const marker = '{{content}}';

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/**
 * Renders messages with the chat template `source` as transformers' apply_chat_template does. `today` ("15 Jan 2025") is what
 * strftime_now tells; without it there is no such function, and templates write the date they fall back to. Throws what the
 * template raises.
 */
export function applyChatTemplate(
  source: string,
  messages: readonly ChatMessage[],
  tokenizer: Tokenizer,
  addGenerationPrompt: boolean,
  today?: string,
): string {
  // the library's own function reads the clock and cannot be replaced under its name
  return new JinjaTemplate(source.replaceAll(/\bstrftime_now\b/g, 'date_of_run')).render({
    messages: messages.map((message) => ({ ...message })),
    add_generation_prompt: addGenerationPrompt,
    bos_token: tokenizer.bosToken ?? '',
    eos_token: tokenizer.eosToken ?? '',
    pad_token: tokenizer.padToken ?? '',
    unk_token: tokenizer.unkToken ?? '',
    tools: null,
    documents: null,
    ...(today === undefined ? {} : { date_of_run: (format: string) => formatDate(format, today) }),
  });
}

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

/**
 * The template of a tokenizer that brings its own; `today` as above. Throws UserError where it has none, or where its turns cannot
 * be told apart.
 */
export function deriveTemplate(tokenizer: Tokenizer, today?: string): Template {
  const { chatTemplate: source } = tokenizer;
  if (source === undefined) {
    throw new UserError(
      'no-template',
      `The recipe names no template and ${tokenizer.folder || 'the tokenizer'} has no chat template: set template to the one of the model's family (qwen, llama3, mistral, gemma, phi …), to chatml or default for a base model, or to empty for texts that bring their own format.`,
    );
  }
  const whole: Render = (messages, generation) => applyChatTemplate(source, messages, tokenizer, generation, today);
  const prefix = startOf(whole, tokenizer);
  const render: Render = (messages, generation) => whole(messages, generation).slice(prefix.length);
  const { question, answer } = turnSlots(render);
  const system = systemSlots(render, question);
  const reasons = answer.includes('<think>');
  const assistant = answer.replaceAll('<think>', '').replaceAll('</think>', '').replace(/^\n+/, '');
  return {
    name: "the model's own",
    class: system.inUser ? 'system-in-first-user' : reasons ? 'reasoning' : 'plain',
    slots: {
      prefix: slot(prefix),
      system: slot(system.slot),
      user: slot(system.question),
      assistant: slot(assistant),
      observation: slot(system.question),
      function: slot(assistant),
      tools: null,
    },
    tool_format: 'default',
    default_system: system.standard,
    stop_words: [],
    thought_words: ['<think>\n', '\n</think>\n\n'],
    tool_call_words: ['<tool_call>', '</tool_call>'],
    efficient_eos: false,
    replace_eos: false,
  };
}

type Render = (messages: readonly ChatMessage[], generation: boolean) => string;

const slot = (text: string): SlotPart[] => (text === '' ? [] : [text]);

/** bos, where the tokenizer itself would write it in front of a text and the chat template writes it too. */
function startOf(whole: Render, { bosToken, writesBos }: Tokenizer): string {
  if (bosToken === undefined || !writesBos) return '';
  return attempt(() => whole([user], true)).startsWith(bosToken) ? bosToken : '';
}

const user: ChatMessage = { role: 'user', content: marker };

/** What stands around a question, up to where its answer begins, and around the answer. */
function turnSlots(render: Render): { question: string; answer: string } {
  const question = attempt(() => render([user], true));
  const answered = attempt(() => render([user, { role: 'assistant', content: marker }], false));
  if (!answered.startsWith(question) || !question.includes(marker) || !answered.slice(question.length).includes(marker))
    throw new UserError(
      'template-derivation',
      "The model's chat template writes a question differently once it is answered, so prompt and answer cannot be told apart: name a template in the recipe.",
    );
  return { question, answer: answered.slice(question.length) };
}

interface SystemSlots {
  readonly slot: string;
  /** The system text that the template writes where there is none. */
  readonly standard: string;
  /** The question's slot without that. */
  readonly question: string;
  readonly inUser: boolean;
}

function systemSlots(render: Render, question: string): SystemSlots {
  let alone: string;
  let empty: string;
  try {
    alone = render([{ role: 'system', content: marker }], false);
    empty = render([{ role: 'system', content: '' }, user], true);
  } catch {
    // upstream stops here; such models take the system text with the first question (Gemma, Mistral)
    return { slot: marker + joint(render, question), standard: '', question, inUser: true };
  }
  if (question.length <= empty.length) return { slot: alone, standard: '', question, inUser: false };
  const standard = inserted(empty, question);
  return {
    slot: alone,
    standard,
    question: question.slice(alone.replace(marker, () => standard).length),
    inUser: false,
  };
}

/** What a template that folds the system text into the first question writes between the two; a blank line where it refuses one. */
function joint(render: Render, question: string): string {
  let folded: string;
  try {
    folded = render([{ role: 'system', content: '{{system}}' }, user], true);
  } catch {
    return '\n\n';
  }
  const [before = '', after = ''] = question.split(marker);
  const start = `${before}{{system}}`;
  const end = `${marker}${after}`;
  return folded.startsWith(start) && folded.endsWith(end)
    ? folded.slice(start.length, folded.length - end.length)
    : '\n\n';
}

/** What `long` has in between what `short` has. */
function inserted(short: string, long: string): string {
  let at = 0;
  let extra = '';
  for (const character of long) {
    if (at >= short.length) break;
    if (short.startsWith(character, at)) at += character.length;
    else extra += character;
  }
  return extra;
}

function attempt(render: () => string): string {
  try {
    return render();
  } catch (cause) {
    throw new UserError(
      'template-derivation',
      `The model's chat template cannot be used (${(cause as Error).message}): name a template in the recipe.`,
      { cause },
    );
  }
}
