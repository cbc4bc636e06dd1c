// Answers to fixed questions before, during and after training: what a person sees the model learn.
import type { Template } from '../../data/template/registry.ts';
import type { RenderOptions } from '../../data/template/render.ts';
import { rendererOf } from '../../data/template/renderer.ts';
import type { Tokenizer } from '../../data/tokenizer/tokenizer.ts';
import type { RunEvent } from '../../protocol.ts';
import type { Device } from '../runtime/devices.ts';
import { Generator, type GenerationModel } from './greedy.ts';

export interface SamplerOptions {
  readonly device: Device;
  readonly threads: number;
  readonly prompts: readonly string[];
  readonly maxNewTokens: number;
  readonly rendering: RenderOptions;
}

/** Ids of a question in a template, up to where the answer begins. */
export async function promptIds(
  question: string,
  template: Template,
  tokenizer: Tokenizer,
  rendering: RenderOptions,
): Promise<number[]> {
  const messages = [{ role: 'user', content: question }] as const;
  const elements = rendererOf(template, rendering).prompt({ messages, system: '', tools: '' });
  const texts = elements.flatMap((element) => ('text' in element ? [element.text] : []));
  const encoded = await tokenizer.encodeAll(texts);
  const byText = new Map(texts.map((text, i) => [text, encoded[i] ?? new Int32Array()]));
  return elements.flatMap((element) => {
    if ('text' in element) return [...(byText.get(element.text) ?? [])];
    if ('token' in element) return [tokenizer.idOf(element.token)];
    return (element.own === 'bos' ? tokenizer.bosId : tokenizer.eosId) ?? [];
  });
}

/** Tokens that end an answer: eos and the template's stop words. */
export function stopIds(template: Template, tokenizer: Tokenizer): Set<number> {
  const words = template.stop_words.filter((word) => tokenizer.has(word));
  return new Set([
    ...words.map((word) => tokenizer.idOf(word)),
    ...(tokenizer.eosId === undefined ? [] : [tokenizer.eosId]),
  ]);
}

export class Sampler {
  readonly #model: GenerationModel;
  readonly #tokenizer: Tokenizer;
  readonly #template: Template;
  readonly #options: SamplerOptions;

  constructor(model: GenerationModel, tokenizer: Tokenizer, template: Template, options: SamplerOptions) {
    this.#model = model;
    this.#tokenizer = tokenizer;
    this.#template = template;
    this.#options = options;
  }

  /** Emits one sample event a prompt. */
  async answer(step: number, emit: (event: RunEvent) => void): Promise<void> {
    const { prompts, device, threads, maxNewTokens, rendering } = this.#options;
    if (prompts.length === 0) return;
    const generator = new Generator(this.#model, {
      device,
      threads,
      maxNewTokens,
      stopIds: stopIds(this.#template, this.#tokenizer),
    });
    try {
      for (const prompt of prompts) {
        const ids = await promptIds(prompt, this.#template, this.#tokenizer, rendering);
        const text = await this.#tokenizer.decode(await generator.generate(ids), true);
        emit({ type: 'sample', step, prompt, text });
      }
    } finally {
      await generator.release();
    }
  }
}
