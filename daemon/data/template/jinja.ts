// The model's own chat template (Jinja) as slots: rendered around a marker, the text before and after it is the slot.
// LLaMA-Factory 0.9.5 derives a template in the same way when a recipe names none. Rows are rendered by the slots where they write
// what the chat template writes, else by the chat template itself (own-turns.ts).
import { UserError } from '../../errors.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { ChatTemplate, type ChatMessage } from './chat-template.ts';
import type { SlotPart, Slots, Template } from './registry.ts';

const marker = '{{content}}';

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
  const own = attempt(() => new ChatTemplate(source, tokenizer, today));
  const whole: Render = (messages, generation) => own.render(messages, { generation });
  const prefix = startOf(whole, tokenizer);
  const render: Render = (messages, generation) => whole(messages, generation).slice(prefix.length);
  const sides = turnSlots(render);
  const base = {
    name: "the model's own",
    own,
    tool_format: 'default',
    stop_words: [],
    thought_words: ['<think>\n', '\n</think>\n\n'],
    tool_call_words: ['<tool_call>', '</tool_call>'],
    efficient_eos: false,
    replace_eos: false,
  } as const;
  if (!sides) return { ...base, class: 'plain', slots: noSlots, slotsFit: false, default_system: '' };
  const { question, answer } = sides;
  const system = systemSlots(render, question);
  const reasons = answer.includes('<think>');
  const assistant = answer.replaceAll('<think>', '').replaceAll('</think>', '').replace(/^\n+/, '');
  return {
    ...base,
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
    default_system: system.standard,
  };
}

type Render = (messages: readonly ChatMessage[], generation: boolean) => string;

const noSlots: Slots = { prefix: [], system: [], user: [], assistant: [], observation: [], function: [], tools: null };

const slot = (text: string): SlotPart[] => (text === '' ? [] : [text]);

/** bos, where the tokenizer itself would write it in front of a text and the chat template writes it too. */
function startOf(whole: Render, { bosToken, writesBos }: Tokenizer): string {
  if (bosToken === undefined || !writesBos) return '';
  return attempt(() => whole([user], true)).startsWith(bosToken) ? bosToken : '';
}

const user: ChatMessage = { role: 'user', content: marker };

/** What stands around a question, up to where its answer begins, and around the answer; undefined where the two overlap. */
function turnSlots(render: Render): { question: string; answer: string } | undefined {
  const question = attempt(() => render([user], true));
  const answered = attempt(() => render([user, { role: 'assistant', content: marker }], false));
  const answer = answered.slice(question.length);
  const fits = answered.startsWith(question) && question.includes(marker) && answer.includes(marker);
  return fits ? { question, answer } : undefined;
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

function attempt<T>(render: () => T): T {
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
