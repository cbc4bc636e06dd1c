// Whole recipes for an empty file, one a stage and method, with tab stops where a person decides.
import * as l10n from '@vscode/l10n';
import type { KeyCursor } from './cursor.ts';
import { kindsOf, nearbyDatasets } from './datasets.ts';
import { snippetText, type Suggestion } from './suggestion.ts';
import type { Surroundings } from './surroundings.ts';
import type { RecipeView } from './view.ts';

interface Outline {
  readonly name: string;
  readonly doc: () => string;
  readonly stage: string;
  readonly method: 'lora' | 'full' | 'freeze';
  readonly rate: string;
  readonly more: readonly string[];
}

const outlines: readonly Outline[] = [
  { name: 'sft-lora', stage: 'sft', method: 'lora', rate: '1.0e-4', more: [], doc: () => l10n.t('Supervised fine-tuning with LoRA adapters') },
  { name: 'sft-full', stage: 'sft', method: 'full', rate: '1.0e-5', more: [], doc: () => l10n.t('Supervised fine-tuning of all weights') },
  { name: 'sft-freeze', stage: 'sft', method: 'freeze', rate: '1.0e-5', more: ['freeze_trainable_layers: 2'], doc: () => l10n.t('Supervised fine-tuning of the last layers') },
  { name: 'sft-qlora', stage: 'sft', method: 'lora', rate: '1.0e-4', more: ['quantization_bit: 4', 'quantization_method: bnb'], doc: () => l10n.t('Supervised fine-tuning with adapters on a 4-bit model (QLoRA)') },
  { name: 'pt-lora', stage: 'pt', method: 'lora', rate: '1.0e-4', more: [], doc: () => l10n.t('Continued pre-training on plain text') },
  { name: 'rm-lora', stage: 'rm', method: 'lora', rate: '1.0e-4', more: [], doc: () => l10n.t('Reward model from preference pairs') },
  { name: 'dpo-lora', stage: 'dpo', method: 'lora', rate: '5.0e-6', more: ['pref_beta: 0.1', 'pref_loss: sigmoid'], doc: () => l10n.t('Preference tuning on pairs (DPO)') },
  { name: 'kto-lora', stage: 'kto', method: 'lora', rate: '5.0e-6', more: ['pref_beta: 0.1'], doc: () => l10n.t('Preference tuning on thumbs up and down (KTO)') },
  { name: 'ppo-lora', stage: 'ppo', method: 'lora', rate: '1.0e-5', more: ['reward_model: ${6:saves/reward-model}'], doc: () => l10n.t('Reinforcement learning against a reward model (PPO)') },
]; // prettier-ignore

export function completeRecipes(view: RecipeView, cursor: KeyCursor, surroundings: Surroundings): Suggestion[] {
  if (view.given.size > (cursor.text === '' ? 0 : 1) || cursor.path.length > 0 || cursor.hasValue) return [];
  return outlines.map((outline) => {
    const snippet = bodyOf(outline, surroundings);
    return {
      label: `recipe ${outline.name}`,
      kind: 'recipe',
      description: outline.doc(),
      documentation: `\`\`\`yaml\n${plain(snippet)}\n\`\`\``,
      insert: plain(snippet),
      snippet,
      from: cursor.from,
      to: cursor.to,
    };
  });
}

function bodyOf({ name, stage, method, rate, more }: Outline, surroundings: Surroundings): string {
  const [model] = surroundings.nearby('model');
  const [kind] = kindsOf(stage);
  const dataset = nearbyDatasets('data', surroundings)?.find((near) => near.kind === kind)?.name ?? 'my_dataset';
  const template = stage === 'pt' ? [] : ['template: ${3:qwen}'];
  const adapter = method === 'lora' ? ['lora_rank: ${4:8}', 'lora_target: all'] : [];
  const sections = [
    `### ${l10n.t('model')}`, `model_name_or_path: \${1:${snippetText(model?.path ?? 'Qwen/Qwen2.5-0.5B-Instruct')}}`, '',
    `### ${l10n.t('method')}`, `stage: ${stage}`, 'do_train: true', `finetuning_type: ${method}`, ...adapter, ...more, '',
    `### ${l10n.t('data')}`, `dataset: \${2:${snippetText(dataset)}}`, ...template, 'cutoff_len: 2048', '',
    `### ${l10n.t('saving')}`, `output_dir: \${5:saves/${name}}`, 'logging_steps: 10', 'save_steps: 500', 'plot_loss: true', '',
    `### ${l10n.t('training')}`, 'per_device_train_batch_size: 1', 'gradient_accumulation_steps: 8', `learning_rate: ${rate}`,
    'num_train_epochs: 3.0', 'lr_scheduler_type: cosine', 'warmup_steps: 0.1', 'bf16: true', '',
  ]; // prettier-ignore
  return sections.join('\n');
}

/** A snippet without its tab stops. */
const plain = (snippet: string): string => snippet.replace(/\$\{\d+:([^}]*)\}/g, '$1').replace(/\\([\\$}])/g, '$1');
