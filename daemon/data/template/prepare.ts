// Makes a template and a tokenizer fit each other before the first row, as LLaMA-Factory does when it loads them.
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { deriveTemplate } from './jinja.ts';
import { findTemplate, type Template } from './registry.ts';

/**
 * The named template, or the model's own without a name (`today`, as "15 Jan 2025", for those that write a date). Adds stop words
 * and replaces the eos token where it asks for that.
 */
export function prepareTemplate(name: string | undefined, tokenizer: Tokenizer, today?: string): Template {
  const template = name === undefined ? deriveTemplate(tokenizer, today) : findTemplate(name);
  const [first, ...others] = template.stop_words;
  if (template.replace_eos && first !== undefined) {
    tokenizer.add([first], true);
    tokenizer.eosToken = first;
  }
  const stops = template.replace_eos ? others : template.stop_words;
  if (tokenizer.eosToken === undefined) {
    tokenizer.add(['<|endoftext|>'], true);
    tokenizer.eosToken = '<|endoftext|>';
  }
  tokenizer.padToken ??= tokenizer.eosToken;
  tokenizer.add(stops, true);
  return template;
}
