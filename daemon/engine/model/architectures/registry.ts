// The architectures by config.json's model_type.
import { UserError } from '../../../errors.ts';
import type { ModelConfig } from '../config.ts';
import type { Architecture, DecoderSpec } from '../spec.ts';
import { gemma, gemma2, gemma3 } from './gemma.ts';
import { llama } from './llama.ts';
import { mistral } from './mistral.ts';
import { phi3 } from './phi3.ts';
import { qwen2 } from './qwen2.ts';
import { qwen3 } from './qwen3.ts';

const architectures: readonly Architecture[] = [llama, qwen2, qwen3, mistral, gemma, gemma2, gemma3, phi3];

export const modelTypes: readonly string[] = architectures.map(({ modelType }) => modelType);

/** The decoder of a config. Throws UserError listing the known types where its own is not among them. */
export function decoderSpec(config: ModelConfig): DecoderSpec {
  const architecture = architectures.find(({ modelType }) => modelType === config.modelType);
  if (!architecture) {
    throw new UserError(
      'unknown-model-type',
      `Models of type "${config.modelType}" cannot be trained yet; known are ${modelTypes.join(', ')}.`,
    );
  }
  return architecture.spec(config);
}
