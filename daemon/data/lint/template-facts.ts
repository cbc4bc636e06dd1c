// What the checks need of a template: the tokens that steer it, the media it takes, its words around thoughts and calls.
import type { SlotPart, Template } from '../template/registry.ts';

export type Medium = 'image' | 'video' | 'audio';

/** The media a template takes; undefined where no template is known. */
export const mediaOf = (template: Template | undefined): readonly Medium[] | undefined =>
  template && media.filter((medium) => template.media?.includes(`${medium}s`));

const media = ['image', 'video', 'audio'] as const satisfies readonly Medium[];

/** Control tokens as they stand in the slots' texts: <|im_end|>, [INST], <start_of_turn>, but not plain tags. */
const controlToken =
  /<[|｜][^<>\s{}]*>|<[a-z_]+[|｜]>|<(?:start|end|beginning)_of_[a-z]+>|<_(?:bot|user|system)>|<<?\/?SYS>>?|<(?:bos|eos|eod|unk|sop|sep)>|\[\/?[A-Z][A-Z_]+\]|\[gMASK\]|\[\|[a-z]+\|\]/gu;

/** Tokens that steer most models, for rows whose template is not known. */
const usual = ['<|im_start|>', '<|im_end|>', '<|endoftext|>', '<|eot_id|>', '<|start_header_id|>', '<|end_header_id|>', '<|begin_of_text|>', '<|end_of_text|>', '<start_of_turn>', '<end_of_turn>']; // prettier-ignore

export interface TokenPattern {
  readonly pattern: RegExp;
  /** First characters of the tokens: a text without any of them has none. */
  readonly starts: readonly string[];
}

/** Finds the control tokens of a template in texts. */
export function controlTokens(template: Template | undefined): TokenPattern {
  const tokens = new Set(template ? ['<|endoftext|>'] : usual);
  for (const slot of template ? Object.values(template.slots) : []) {
    for (const part of (slot ?? []) as readonly SlotPart[]) {
      if (typeof part === 'string') for (const [token] of part.matchAll(controlToken)) tokens.add(token);
      else if ('token' in part) tokens.add(part.token);
    }
  }
  for (const word of template?.stop_words ?? []) if (word.length > 3 && !/^<\/?\w+>$/.test(word)) tokens.add(word);
  // "sop" is a token and an English abbreviation
  const marked = [...tokens].filter((token) => /^[<[]/.test(token));
  const escaped = marked.sort((a, b) => b.length - a.length).map((token) => token.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')); // prettier-ignore
  return {
    pattern: new RegExp(escaped.join('|'), 'u'),
    starts: [...new Set(marked.map((token) => token[0] as string))],
  };
}
