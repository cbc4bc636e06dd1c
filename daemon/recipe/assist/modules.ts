// Names of a model's modules: read from its weights where it is here, else those its kind of model has.
import * as l10n from '@vscode/l10n';
import type { ArgumentName } from '../recipe.ts';
import { isObject } from './datasets.ts';
import { joinPath, type Surroundings, type Weight } from './surroundings.ts';
import type { Value } from './values.ts';
import type { RecipeView } from './view.ts';

/** Keys whose values are module names. */
export const moduleKeys: ReadonlySet<ArgumentName> = new Set<ArgumentName>([
  'lora_target', 'oft_target', 'additional_target', 'freeze_trainable_modules', 'freeze_extra_modules', 'galore_target', 'apollo_target',
  'optim_target_modules',
]); // prettier-ignore

/** A module by the last part of its name: how often it occurs and how large one is. */
export interface ModuleGroup {
  readonly name: string;
  readonly count: number;
  readonly shape: readonly number[];
  /** Inside the layers that repeat. */
  readonly inLayers: boolean;
  readonly isLinear: boolean;
}

/** model.layers.3.self_attn.q_proj.weight → q_proj. */
export function moduleGroups(weights: readonly Weight[]): readonly ModuleGroup[] {
  const groups = new Map<string, ModuleGroup>();
  for (const { name, shape } of weights) {
    const parts = name.split('.');
    if (parts.at(-1) !== 'weight') continue;
    const module = parts.at(-2) ?? '';
    const found = groups.get(module);
    const inLayers = parts.some((part) => /^\d+$/.test(part));
    const isLinear = shape.length === 2 && !/embed|wte|wpe/.test(module);
    groups.set(module, {
      name: module,
      count: (found?.count ?? 0) + 1,
      shape: found?.shape ?? shape,
      inLayers,
      isLinear,
    });
  }
  return [...groups.values()];
}

const gated = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];
const linearsOfType: Readonly<Record<string, readonly string[]>> = {
  phi3: ['qkv_proj', 'o_proj', 'gate_up_proj', 'down_proj'],
  phi: ['q_proj', 'k_proj', 'v_proj', 'dense', 'fc1', 'fc2'],
  gpt2: ['c_attn', 'c_proj', 'c_fc'],
  chatglm: ['query_key_value', 'dense', 'dense_h_to_4h', 'dense_4h_to_h'],
  glm4: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_up_proj', 'down_proj'],
  falcon: ['query_key_value', 'dense', 'dense_h_to_4h', 'dense_4h_to_h'],
  bloom: ['query_key_value', 'dense', 'dense_h_to_4h', 'dense_4h_to_h'],
  internlm2: ['wqkv', 'wo', 'w1', 'w2', 'w3'],
  baichuan: ['W_pack', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
};

const shapeText = ({ shape, count }: ModuleGroup): string => l10n.t('{0} times {1}', count, shape.join(' × '));

export function completeModules(key: ArgumentName, view: RecipeView, surroundings: Surroundings): Value[] {
  const name = view.recipe.model_name_or_path ?? '';
  const weights = name === '' ? undefined : surroundings.weights(name);
  const groups = weights ? moduleGroups(weights) : groupsOfType(name, surroundings);
  const value = (group: ModuleGroup): Value => ({
    kind: 'module',
    text: group.name,
    ...(weights ? { description: shapeText(group) } : {}),
  });
  const all: Value = { kind: 'value', text: 'all', description: l10n.t('every one') };
  const outside = groups.filter(({ inLayers }) => !inLayers).map(value);
  const linears = groups.filter(({ isLinear, inLayers }) => isLinear && inLayers).map(value);
  switch (key as string) {
    case 'lora_target':
    case 'oft_target':
    case 'galore_target':
    case 'apollo_target':
      return [all, ...linears];
    case 'freeze_trainable_modules': {
      const blocks = weights ? blockNames(weights) : ['self_attn', 'mlp'];
      return [all, ...blocks.map((text): Value => ({ kind: 'module', text }))];
    }
    case 'additional_target':
    case 'freeze_extra_modules':
      return outside.length > 0
        ? outside
        : ['embed_tokens', 'lm_head', 'norm'].map((text) => ({ kind: 'module', text }));
    default:
      return linears;
  }
}

function groupsOfType(name: string, surroundings: Surroundings): ModuleGroup[] {
  const config = surroundings.json(joinPath(name, 'config.json'));
  const type = isObject(config) ? String(config['model_type']) : '';
  const linears = linearsOfType[type] ?? gated;
  return linears.map((linear) => ({ name: linear, count: 0, shape: [], inLayers: true, isLinear: true }));
}

/** model.layers.0.mlp.up_proj.weight → mlp: what a layer is made of. */
function blockNames(weights: readonly Weight[]): string[] {
  const names = weights.flatMap(({ name }) => /\.\d+\.([^.]+)\./.exec(name)?.[1] ?? []);
  return [...new Set(names)];
}
