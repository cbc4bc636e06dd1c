// The model's own chat template (Jinja) as slots: rendered around a marker, the text before and after it is the slot.
// LLaMA-Factory 0.9.5 derives a template in the same way when a recipe names none.
import { Template as JinjaTemplate } from '@huggingface/jinja';
import { UserError } from '../../errors.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { Template } from './registry.ts';

const marker = '{{content}}';

interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

/** Renders messages with a chat template as transformers' apply_chat_template does. Throws what the template raises. */
export function applyChatTemplate(
  source: string,
  messages: readonly ChatMessage[],
  tokens: { bos: string | undefined; eos: string | undefined },
  addGenerationPrompt: boolean,
): string {
  return new JinjaTemplate(source).render({
    messages: messages.map((message) => ({ ...message })),
    add_generation_prompt: addGenerationPrompt,
    bos_token: tokens.bos ?? '',
    eos_token: tokens.eos ?? '',
    pad_token: '',
    tools: null,
  });
}

/** What `long` has in between what `short` has. */
function inserted(short: string, long: string): string {
  let i = 0;
  let extra = '';
  for (const character of long) {
    if (short[i] === character) i += character.length;
    else extra += character;
  }
  return extra;
}

/** The template of a tokenizer that brings its own. Throws UserError where it has none, or where its turns cannot be told apart. */
export function deriveTemplate(tokenizer: Tokenizer): Template {
  const { chatTemplate: source } = tokenizer;
  if (source === undefined) {
    throw new UserError(
      'no-template',
      'The recipe names no template and the tokenizer has no chat template: set template, for example to the one of the model family (qwen, llama3, chatml …).',
    );
  }
  const tokens = { bos: tokenizer.bosToken, eos: tokenizer.eosToken };
  const render = (messages: readonly ChatMessage[], generation: boolean): string => {
    try {
      return applyChatTemplate(source, messages, tokens, generation);
    } catch (cause) {
      throw new UserError(
        'template-derivation',
        `The model's chat template cannot be used (${(cause as Error).message}): name a template in the recipe.`,
        { cause },
      );
    }
  };
  const user: ChatMessage = { role: 'user', content: marker };
  let userSlot = render([user], true);
  const answered = render([user, { role: 'assistant', content: marker }], false);
  if (!answered.startsWith(userSlot) || !userSlot.includes(marker)) {
    throw new UserError(
      'template-derivation',
      "The model's chat template writes a question differently once it is answered, so prompt and answer cannot be told apart: name a template in the recipe.",
    );
  }
  const assistantSlot = answered.slice(userSlot.length);
  const reasons = assistantSlot.includes('<think>');
  let systemSlot = '';
  let defaultSystem = '';
  try {
    systemSlot = applyChatTemplate(source, [{ role: 'system', content: marker }], tokens, false);
    const empty = applyChatTemplate(source, [{ role: 'system', content: '' }, user], tokens, true);
    if (userSlot.length > empty.length) {
      defaultSystem = inserted(empty, userSlot);
      userSlot = userSlot.slice(systemSlot.replace(marker, () => defaultSystem).length);
    }
  } catch {
    // templates that refuse system messages (Gemma) have no system slot
    systemSlot = '';
  }
  return {
    name: "the model's own",
    class: reasons ? 'reasoning' : 'plain',
    slots: {
      prefix: [],
      system: [systemSlot],
      user: [userSlot],
      assistant: [
        reasons ? assistantSlot.replace('<think>', '').replace('</think>', '').replace(/^\n+/, '') : assistantSlot,
      ],
      observation: [userSlot],
      function: [assistantSlot],
      tools: null,
    },
    tool_format: 'default',
    default_system: defaultSystem,
    stop_words: [],
    thought_words: ['<think>\n', '\n</think>\n\n'],
    tool_call_words: ['<tool_call>', '</tool_call>'],
    efficient_eos: false,
    replace_eos: false,
  };
}
