// Template parity: a named template and the model's own chat template side by side. Where they write different texts, the model is
// trained on one format and asked in another.
import type { Message } from '../conversation.ts';
import { ChatTemplate, type ChatMessage, type ChatTokens } from './chat-template.ts';
import { chatMessages, chatTools } from './own-messages.ts';
import type { Template } from './registry.ts';
import { SlotRenderer, type Rendered, type RenderOptions } from './render.ts';
import type { Element } from './slot.ts';

/** A tokenizer as far as its texts go. */
export interface ChatSource extends ChatTokens {
  readonly chatTemplate: string | undefined;
}

export interface TemplateDifference {
  /** What was written by both. */
  readonly row: Rendered;
  /** The whole texts, and the character at which they part. */
  readonly named: string;
  readonly own: string;
  readonly at: number;
  /** Both texts around that place; `before` is what they share. */
  readonly around: { readonly before: string; readonly named: string; readonly own: string };
}

/** Characters that are shown before and behind the place where texts part. */
const BEFORE = 40;
const BEHIND = 60;

/**
 * What a named template and the tokenizer's own chat template write of a conversation that ends with an answer. Undefined where the
 * texts are equal (but for white space at their very end), where there is no chat template, or where it refuses the conversation.
 * The tokens must be those of a tokenizer that is prepared for the template (replace_eos). Throws RenderError where the named template cannot write the row.
 */
export function compareTemplates(
  template: Template,
  tokenizer: ChatSource,
  options: RenderOptions,
  row: Rendered,
): TemplateDifference | undefined {
  const own = ownText(tokenizer, template, options, row);
  if (own === undefined) return undefined;
  const turns = new SlotRenderer(template, options).turns(row);
  const text = (elements: readonly Element[]): string => elements.map((element) => textOf(element, tokenizer)).join('');
  const end = template.efficient_eos ? (tokenizer.eosToken ?? '') : '';
  const named = turns.map(({ source, target }) => text(source) + text(target)).join('') + end;
  if (named.trimEnd() === own.trimEnd()) return undefined;
  let at = 0;
  while (at < named.length && named[at] === own[at]) at += 1;
  const around = {
    before: named.slice(Math.max(0, at - BEFORE), at),
    named: named.slice(at, at + BEHIND),
    own: own.slice(at, at + BEHIND),
  };
  return { row, named, own, at, around };
}

function ownText(
  tokenizer: ChatSource,
  template: Template,
  { today, ownVariables, defaultSystem }: RenderOptions,
  { messages, system, tools }: Rendered,
): string | undefined {
  if (tokenizer.chatTemplate === undefined) return undefined;
  const first = system || (defaultSystem ?? '');
  const front: ChatMessage[] = first === '' ? [] : [{ role: 'system', content: first }];
  const all = [...front, ...messages.flatMap((message) => chatMessages(message, template.tool_call_words))];
  try {
    const own = new ChatTemplate(tokenizer.chatTemplate, tokenizer, today);
    return own.render(all, { generation: false, tools: chatTools(tools), variables: ownVariables });
  } catch {
    // a refusal is no text to compare with
    return undefined;
  }
}

function textOf(element: Element, { bosToken = '', eosToken = '' }: ChatTokens): string {
  if ('text' in element) return element.text;
  return 'token' in element ? element.token : element.own === 'bos' ? bosToken : eosToken;
}

const question: Message = { role: 'user', content: 'What is a kiln?' };
const answer: Message = { role: 'assistant', content: 'An oven for clay.' };
const another: readonly Message[] = [
  { role: 'user', content: 'How hot does it get?' },
  { role: 'assistant', content: 'Some 1200 degrees.' },
];

/** Conversations in which formats differ if they do. */
export const probes: readonly Rendered[] = [
  { messages: [question, answer], system: '', tools: '' },
  { messages: [question, answer], system: 'Be brief.', tools: '' },
  { messages: [question, answer, ...another], system: '', tools: '' },
];

/** The first probe that the two write differently. Throws as compareTemplates does. */
export function probeTemplates(
  template: Template,
  tokenizer: ChatSource,
  options: RenderOptions,
): TemplateDifference | undefined {
  for (const probe of probes) {
    const difference = compareTemplates(template, tokenizer, options, probe);
    if (difference) return difference;
  }
  return undefined;
}
