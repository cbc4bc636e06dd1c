// A short conversation in the text of a template, for people to look at.

import { findTemplate } from '../daemon/data/template/registry.ts';
import { renderTurns } from '../daemon/data/template/renderer.ts';
import { RenderError } from '../daemon/data/template/render-error.ts';
import type { Element } from '../daemon/data/template/slot.ts';
import { UserError } from '../daemon/errors.ts';

const messages = [
  { role: 'user', content: 'Hello' },
  { role: 'assistant', content: 'Hi!' },
] as const;

/** Undefined for a template that is not known or cannot write this. */
export function templateExample(name: string): string | undefined {
  try {
    const template = findTemplate(name);
    const options = { enableThinking: true, discardHistoryThoughts: false, today: '' };
    const turns = renderTurns(template, { messages, system: '', tools: '' }, options);
    const end = template.replace_eos ? (template.stop_words[0] ?? '') : '<eos>';
    const textOf = (element: Element): string =>
      'text' in element ? element.text : 'token' in element ? element.token : element.own === 'bos' ? '<bos>' : end;
    return turns.flatMap(({ source, target }) => [...source, ...target]).map(textOf).join('').trimEnd(); // prettier-ignore
  } catch (error) {
    if (error instanceof UserError || error instanceof RenderError) return undefined;
    throw error;
  }
}
