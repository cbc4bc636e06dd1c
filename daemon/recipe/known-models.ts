// Model ids that LLaMA-Factory knows, with the chat template each was trained with, and which templates suit any other model.
import models from './known-models.json' with { type: 'json' };
import { templateNames } from './template-names.ts';

export interface KnownModel {
  readonly id: string;
  /** The family's template; undefined where the family has none. */
  readonly template: string | undefined;
  /** Tuned to answer: its template is the default there. A base model has none by itself. */
  readonly chat: boolean;
  readonly multimodal: boolean;
}

const groups: Readonly<Record<string, { multimodal: boolean; chat: string[]; base: string[] }>> = models;

export const knownModels: readonly KnownModel[] = Object.entries(groups).flatMap(
  ([name, { multimodal, chat, base }]) => {
    const template = name === '(none)' ? undefined : name;
    const describe = (id: string, isChat: boolean): KnownModel => ({ id, template, chat: isChat, multimodal });
    return [...chat.map((id) => describe(id, true)), ...base.map((id) => describe(id, false))];
  },
);

const byId = new Map(knownModels.map((model) => [model.id.toLowerCase(), model]));

export const knownModel = (id: string): KnownModel | undefined => byId.get(id.toLowerCase());

/** Templates of models whose config.json names this model_type, the likeliest first. */
const templatesOfType: Readonly<Record<string, readonly string[]>> = {
  chatglm: ['glm4', 'chatglm3'],
  cohere: ['cohere'],
  deepseek_v2: ['deepseek'],
  deepseek_v3: ['deepseek3', 'deepseekr1'],
  falcon: ['falcon'],
  gemma: ['gemma'],
  gemma2: ['gemma2'],
  gemma3: ['gemma3'],
  gemma3_text: ['gemma3'],
  glm4: ['glm4', 'glmz1'],
  glm4_moe: ['glm4_moe'],
  gpt_oss: ['gpt_oss'],
  granite: ['granite3', 'granite4'],
  internlm2: ['intern2'],
  llama: ['llama3', 'llama2', 'chatml', 'deepseek', 'yi'],
  llama4: ['llama4'],
  mistral: ['mistral', 'ministral', 'chatml', 'zephyr'],
  mixtral: ['mistral'],
  phi3: ['phi', 'phi_small', 'phi4'],
  qwen2: ['qwen', 'deepseekr1', 'chatml'],
  qwen2_moe: ['qwen'],
  qwen2_vl: ['qwen2_vl'],
  qwen3: ['qwen3', 'qwen3_nothink'],
  qwen3_moe: ['qwen3', 'qwen3_nothink'],
  smollm3: ['smollm', 'smollm2', 'chatml'],
};

const known = new Set(templateNames);

/** "google/gemma-2-9b-it" → gemma, 2, 9b, it */
const wordsOf = (id: string): string[] =>
  (id.split(/[\\/]/).filter(Boolean).at(-1) ?? '').toLowerCase().split(/[^a-z0-9]+|(?<=[a-z]{2})(?=\d)/).filter(Boolean); // prettier-ignore

const knownWords = knownModels.map((model) => ({ model, words: wordsOf(model.id) }));

/** How many of the leading words two names share; a model of the same family shares its first ones. */
function sharedWords(a: readonly string[], b: readonly string[]): number {
  let count = 0;
  while (count < a.length && count < b.length && a[count] === b[count]) count += 1;
  return count;
}

/**
 * Templates that suit a model, the likeliest first: that of the known id, those of ids with the same first words, those of
 * its model_type. Empty where nothing is known of it.
 */
export function suitableTemplates(name: string, modelType?: string): readonly string[] {
  const ranked = new Map<string, number>();
  const raise = (template: string | undefined, score: number): void => {
    if (template !== undefined && known.has(template)) ranked.set(template, Math.max(ranked.get(template) ?? 0, score));
  };
  raise(knownModel(name)?.template, 1000);
  const words = wordsOf(name);
  for (const { model, words: others } of knownWords) {
    const shared = sharedWords(words, others);
    if (shared > 0) raise(model.template, shared * 10 + (model.chat ? 1 : 0) + (model.multimodal ? 0 : 2));
  }
  for (const [index, template] of (templatesOfType[modelType ?? ''] ?? []).entries()) raise(template, 5 - index);
  return [...ranked].sort(([, a], [, b]) => b - a).map(([template]) => template);
}
