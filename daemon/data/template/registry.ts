// The named chat templates, as slots. templates.json lists them with the values LLaMA-Factory 0.9.5 has.
import { UserError } from '../../errors.ts';
import type { MediaKind } from '../align/media.ts';
import type { ChatTemplate } from './chat-template.ts';
import templates from './templates.json' with { type: 'json' };

/** Part of a slot: text with at most one {{content}}, one special token, or the tokenizer's bos or eos. */
export type SlotPart =
  string | { readonly token: string } | { readonly bos: true } | { readonly eos: true } | { readonly nothing: unknown };

export interface Slots {
  readonly prefix: readonly SlotPart[];
  readonly system: readonly SlotPart[];
  readonly user: readonly SlotPart[];
  readonly assistant: readonly SlotPart[];
  readonly observation: readonly SlotPart[];
  readonly function: readonly SlotPart[];
  /** null: tools are rendered by tool_format; else the JSON text goes into this slot. */
  readonly tools: readonly SlotPart[] | null;
}

export interface Template {
  readonly name: string;
  readonly class: 'plain' | 'system-in-first-user' | 'reasoning' | 'reasoning-glm47';
  readonly slots: Slots;
  readonly tool_format: string;
  readonly default_system: string;
  readonly stop_words: readonly string[];
  readonly thought_words: readonly [string, string];
  readonly tool_call_words: readonly [string, string];
  readonly efficient_eos: boolean;
  readonly replace_eos: boolean;
  /** What its model takes besides text; absent: nothing. */
  readonly media?: readonly MediaKind[];
  /** The model's own chat template, which rows are rendered by where slots and it differ. */
  readonly own?: ChatTemplate;
  /** false: the own template's turns cannot be written as slots. */
  readonly slotsFit?: boolean;
}

const table = templates as unknown as Readonly<Record<string, Omit<Template, 'name'>>>;

export const templateNames: readonly string[] = Object.keys(table);

/** A template by name. Throws UserError naming close ones. */
export function findTemplate(name: string): Template {
  const template = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!template) {
    const close = templateNames.filter((known) => known.startsWith(name.slice(0, 3))).slice(0, 5);
    const hint = close.length > 0 ? `: did you mean ${close.join(', ')}?` : '; see the list in the documentation.';
    throw new UserError('unknown-template', `There is no template "${name}"${hint}`);
  }
  return { name, ...template };
}
