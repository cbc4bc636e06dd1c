// Which weights of a loaded model are trained: all, some layers, a fresh adapter or one to go on with; merging adapters.
import { UserError } from '../../errors.ts';
import { sizeOf } from '../graph/tensor.ts';
import {
  loraNames,
  loraScale,
  readAdapter,
  readAdapterSettings,
  savedName,
  type LoraSettings,
} from './adapters/peft-files.ts';
import type { LoadedModel, RandomSource } from './load.ts';
import { emptyAdapter, parameter, type Adapter, type LoraPair, type Parameter, type Weights } from './parameters.ts';
import { layerLinears } from './spec.ts';

export interface TrainedPart {
  readonly weights: Weights;
  readonly trainable: readonly Parameter[];
  /** Settings of the adapter that is trained; undefined without one. */
  readonly lora: LoraSettings | undefined;
}

/** finetuning_type full: every weight. */
export const trainAll = ({ base }: LoadedModel): TrainedPart => ({
  weights: { base, adapter: emptyAdapter },
  trainable: [...base.values()],
  lora: undefined,
});

export interface FreezeOptions {
  /** Last layers (positive) or first ones (negative). */
  readonly layers: number;
  readonly modules: readonly string[];
  readonly extraModules: readonly string[];
  /** LLaMA Pro: the layers are spread evenly over the model. */
  readonly llamaPro: boolean;
}

/** finetuning_type freeze: the weights whose name holds one of the chosen layers' modules, or an extra module. */
export function trainSome(model: LoadedModel, { layers, modules, extraModules, llamaPro }: FreezeOptions): TrainedPart {
  const total = model.spec.layers;
  const count = Math.min(Math.abs(layers), total);
  let chosen: number[];
  if (llamaPro) {
    if (layers <= 0 || total % layers !== 0) {
      throw new UserError(
        'llama-pro-layers',
        `use_llama_pro needs freeze_trainable_layers to divide the model's ${total} layers; ${layers} does not.`,
      );
    }
    const stride = total / layers;
    chosen = Array.from({ length: layers }, (_, i) => stride * (i + 1) - 1);
  } else {
    chosen = Array.from({ length: count }, (_, i) => (layers > 0 ? total - count + i : i));
  }
  const parts = chosen.flatMap((layer) => modules.map((module) => `.${layer}.${module === 'all' ? '' : module}`));
  const wanted = [...parts, ...extraModules];
  const trainable = [...model.base.values()].filter(({ name }) => wanted.some((part) => name.includes(part)));
  for (const module of [...modules.filter((name) => name !== 'all'), ...extraModules]) {
    if (![...model.base.keys()].some((name) => name.includes(module))) {
      throw new UserError(
        'freeze-module',
        `No weight of the model has "${module}" in its name: look at freeze_trainable_modules and freeze_extra_modules.`,
      );
    }
  }
  return { weights: { base: model.base, adapter: emptyAdapter }, trainable, lora: undefined };
}

/** Modules that can carry LoRA: the linears of all layers, the output projection, the embedding; with [out, in]. */
function loraModules({ spec }: LoadedModel): Map<string, { out: number; in: number }> {
  const modules = new Map<string, { out: number; in: number }>();
  modules.set('model.embed_tokens', { out: spec.hiddenSize, in: spec.vocabSize });
  for (let layer = 0; layer < spec.layers; layer++) {
    for (const linear of layerLinears(spec)) modules.set(`model.layers.${layer}.${linear.module}`, linear);
  }
  modules.set('lm_head', { out: spec.vocabSize, in: spec.hiddenSize });
  return modules;
}

const endsIn = (name: string, target: string): boolean => name === target || name.endsWith(`.${target}`);

/** A fresh adapter: A uniform as torch's kaiming_uniform(√5), B zero; for the embedding A zero and B normal, as in PEFT. */
export function newAdapter(
  model: LoadedModel,
  settings: LoraSettings,
  random: RandomSource,
): TrainedPart & { lora: LoraSettings } {
  const linears = [...new Set(layerLinears(model.spec).map(({ module }) => module.split('.').at(-1) ?? ''))];
  const targets = settings.targets.includes('all') ? linears : settings.targets;
  const lora = new Map<string, LoraPair>();
  const modules = loraModules(model);
  for (const target of targets) {
    if (![...modules.keys()].some((name) => endsIn(name, target))) {
      throw new UserError(
        'lora-target',
        `lora_target names "${target}", which the model does not have; it has ${[...linears, 'embed_tokens', 'lm_head'].join(', ')}.`,
      );
    }
  }
  for (const [module, size] of modules) {
    if (!targets.some((target) => endsIn(module, target))) continue;
    const names = loraNames(module);
    const a = parameter(names.a, [settings.rank, size.in]);
    const b = parameter(names.b, [size.out, settings.rank]);
    if (module === 'model.embed_tokens') random.normal(b.data, 1, b.name);
    else random.uniform(a.data, 1 / Math.sqrt(size.in), a.name);
    lora.set(module, { module, a, b, rank: settings.rank, scale: loraScale(settings), dropout: settings.dropout });
  }
  const adapter: Adapter = { lora, saved: savedCopies(model, settings.modulesToSave) };
  return trainAdapter(model, adapter, { ...settings, targets });
}

/** Copies of whole modules, by base weight name. */
const savedCopies = (model: LoadedModel, names: readonly string[]): Map<string, Parameter> =>
  new Map(
    savedSources(model, names).map(([weight, { shape, data }]) => [
      weight,
      parameter(savedName(weight), shape, data.slice()),
    ]),
  );

/** What is copied for modules, by the ends of their names as PEFT matches modules_to_save: base weight name, and its weight. */
export function savedSources({ base, spec, quantized }: LoadedModel, names: readonly string[]): [string, Parameter][] {
  return names.flatMap((name) => {
    if ([...(quantized?.keys() ?? [])].some((weight) => weight.replace(/\.weight$/, '').endsWith(name))) {
      throw new UserError(
        'additional-target-quantized',
        `additional_target names "${name}", which is quantised here and cannot be trained as a whole: use lora_target for it.`,
      );
    }
    const matches = [...base.keys()].filter((weight) => weight.replace(/\.(weight|bias)$/, '').endsWith(name));
    if (name === 'lm_head' && spec.tied) matches.push('lm_head.weight');
    if (matches.length === 0)
      throw new UserError('additional-target', `additional_target names "${name}", which the model does not have.`);
    return matches.flatMap((weight): [string, Parameter][] => {
      const source = base.get(weight) ?? base.get('model.embed_tokens.weight');
      return source ? [[weight, source]] : [];
    });
  });
}

/** An adapter folder to go on with. Throws UserError where it does not fit the model. */
export async function resumeAdapter(
  model: LoadedModel,
  folder: string,
  dropout: number,
): Promise<TrainedPart & { lora: LoraSettings }> {
  const settings = await readAdapterSettings(folder);
  const adapter = await readAdapter(folder, settings, dropout);
  const modules = loraModules(model);
  for (const { module, a, b, rank } of adapter.lora.values()) {
    const size = modules.get(module);
    if (!size || sizeOf(a.shape) !== rank * size.in || sizeOf(b.shape) !== rank * size.out) {
      throw new UserError(
        'adapter-fit',
        `The adapter ${folder} does not fit the model: ${module} is ${size ? 'of another size' : 'not there'}.`,
      );
    }
  }
  return trainAdapter(model, adapter, { ...settings, dropout });
}

function trainAdapter(
  { base, quantized }: LoadedModel,
  adapter: Adapter,
  lora: LoraSettings,
): TrainedPart & { lora: LoraSettings } {
  const pairs = [...adapter.lora.values()].flatMap(({ a, b }) => [a, b]);
  const weights = { base, adapter, ...(quantized ? { quantized } : {}) };
  return { weights, trainable: [...pairs, ...adapter.saved.values()], lora };
}

/** Adds W ← W + scale · B·A for every pair and drops the adapter: what several adapter_name_or_path do before training. */
export function mergeAdapter(model: LoadedModel, adapter: Adapter): void {
  if (model.quantized) {
    throw new UserError(
      'quantized-merge',
      'Adapters cannot be merged into a quantised base: merge them into the unquantised model first, or name one adapter only.',
    );
  }
  for (const { module, a, b, rank, scale } of adapter.lora.values()) {
    const name = module === 'lm_head' && model.spec.tied ? 'model.embed_tokens.weight' : `${module}.weight`;
    const weight = model.base.get(name);
    if (!weight) throw new Error(`${name} is missing`);
    const [rows = 0, columns = 0] = weight.shape;
    const embedding = module === 'model.embed_tokens';
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let r = 0; r < rank; r++) {
          // the embedding's pair is stored the other way round: Aᵀ·Bᵀ
          const left = embedding ? a.data[r * rows + i] : b.data[i * rank + r];
          const right = embedding ? b.data[j * rank + r] : a.data[r * columns + j];
          sum += (left as number) * (right as number);
        }
        weight.data[i * columns + j] = (weight.data[i * columns + j] as number) + scale * sum;
      }
    }
  }
  for (const [name, copy] of adapter.saved) model.base.get(name)?.data.set(copy.data);
}

/** The same weights with some parameters replaced by their moved copies, by name. */
export function withMoved(weights: Weights, moved: ReadonlyMap<string, Parameter>): Weights {
  const { base, adapter } = weights;
  const at = (old: Parameter): Parameter => moved.get(old.name) ?? old;
  return {
    ...weights,
    base: new Map([...base].map(([name, value]) => [name, at(value)])),
    adapter: {
      lora: new Map([...adapter.lora].map(([module, pair]) => [module, { ...pair, a: at(pair.a), b: at(pair.b) }])),
      saved: new Map([...adapter.saved].map(([name, value]) => [name, at(value)])),
    },
  };
}
