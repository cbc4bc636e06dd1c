// Chat templates by the family of models they were made for. Models of one family understand each other's templates more or less;
// those of another see signs they were never trained on. Templates for any model (chatml, alpaca, vicuna, …) belong to none.

const families: readonly (readonly string[])[] = [
  ['bailing', 'bailing_v2'],
  ['chatglm3', 'glm4', 'glm4_5v', 'glm4_7', 'glm4_moe', 'glm4v', 'glm_ocr', 'glmz1'],
  ['cohere'],
  ['cpm4', 'minicpm_o', 'minicpm_v', 'minicpm_v_4_6'],
  ['deepseek', 'deepseek3', 'deepseekcoder', 'deepseekr1'],
  ['ernie', 'ernie_nothink', 'ernie_vl'],
  ['exaone'],
  ['falcon', 'falcon_h1'],
  ['gemma', 'gemma2', 'gemma3', 'gemma3n', 'gemma4', 'gemma4n', 'paligemma', 'paligemma_chat'],
  ['gpt_oss'],
  ['granite3', 'granite3_vision', 'granite4'],
  ['hunyuan', 'hunyuan_small', 'hy3'],
  ['index'],
  ['intern2', 'intern_s1', 'intern_vl'],
  ['kimi_vl', 'moonlight'],
  ['lfm2', 'lfm2_vl'],
  ['llama2', 'llama2_zh'],
  ['llama3', 'mllama'],
  ['llama4'],
  ['mimo', 'mimo_v2', 'mimo_vl'],
  ['minimax1', 'minimax2'],
  ['ministral', 'ministral3', 'mistral', 'mistral_small', 'pixtral'],
  ['phi', 'phi4', 'phi4_mini', 'phi_small'],
  ['qwen', 'qwen2_audio', 'qwen2_omni', 'qwen2_vl', 'qwen3', 'qwen3_5', 'qwen3_5_nothink', 'qwen3_6', 'qwen3_nothink', 'qwen3_omni', 'qwen3_omni_nothink', 'qwen3_vl', 'qwen3_vl_nothink'],
  ['seed_coder', 'seed_oss'],
  ['smollm', 'smollm2'],
  ['solar'],
  ['telechat2'],
  ['xuanyuan'],
  ['yi', 'yi_vl'],
  ['youtu', 'youtu_vl'],
  ['yuan'],
  ['zephyr'],
]; // prettier-ignore

const byTemplate = new Map(families.flatMap((names) => names.map((name) => [name, names[0] ?? name])));

/** A family's name; undefined for templates that belong to none. */
export const templateFamily = (template: string): string | undefined => byTemplate.get(template);
