// What a recipe asks for with quantization_bit: how weights are coded while they are read.
import type { Table4 } from '../../graph/ops/codes4.ts';

export type QuantizationSettings =
  { readonly bits: 4; readonly table: Table4; readonly double: boolean } | { readonly bits: 8 };

interface QuantizationKeys {
  readonly quantization_bit: number | null;
  readonly quantization_type: string;
  readonly double_quantization: boolean;
}

/** The settings of a recipe; undefined where the base stays in float32. */
export function quantizationSettings(recipe: QuantizationKeys): QuantizationSettings | undefined {
  if (recipe.quantization_bit === null) return undefined;
  if (recipe.quantization_bit === 8) return { bits: 8 };
  return { bits: 4, table: recipe.quantization_type === 'fp4' ? 'fp4' : 'nf4', double: recipe.double_quantization };
}
