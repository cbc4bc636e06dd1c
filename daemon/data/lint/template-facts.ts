// What the checks need of a template: the tokens that steer it, the media it takes, its words around thoughts and calls.
import type { SlotPart, Template } from '../template/registry.ts';

export type Medium = 'image' | 'video' | 'audio';

/** Named templates that take media (LLaMA-Factory 0.9.5); all others take text alone. */
const mediaTemplates: Readonly<Record<string, readonly Medium[]>> = {
  ...templatesWith(['image'], 'gemma3 granite3_vision kimi_vl lfm2_vl llama4 mllama llava llava_next llava_next_llama3 llava_next_mistral llava_next_qwen llava_next_yi mistral_small ministral3 paligemma paligemma_chat pixtral yi_vl'),
  ...templatesWith(['image', 'video'], 'dots_ocr ernie_vl gemma4 glm4v glm4_5v glm_ocr intern_vl intern_s1 keye_vl llava_next_video llava_next_video_mistral llava_next_video_yi mimo_vl minicpm_v minicpm_v_4_6 qwen2_vl qwen3_vl qwen3_vl_nothink qwen3_5 qwen3_5_nothink qwen3_6 video_llava youtu_vl'),
  ...templatesWith(['image', 'audio'], 'gemma3n'),
  ...templatesWith(['audio'], 'qwen2_audio'),
  ...templatesWith(['image', 'video', 'audio'], 'gemma4n minicpm_o qwen2_omni qwen3_omni qwen3_omni_nothink'),
}; // prettier-ignore

function templatesWith(media: readonly Medium[], names: string): Record<string, readonly Medium[]> {
  return Object.fromEntries(names.split(' ').map((name) => [name, media]));
}

/** The media a template takes; undefined where no template is named. */
export const mediaOf = (template: string | undefined): readonly Medium[] | undefined =>
  template === undefined ? undefined : Object.hasOwn(mediaTemplates, template) ? mediaTemplates[template] : [];

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
