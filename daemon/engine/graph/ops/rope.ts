// Rotary position embedding (Su et al. 2021, section 3.2.2) in Hugging Face's layout: the halves of a head are the pairs.
import type { RuleTable } from './rule.ts';

export const rope: RuleTable<'Rope'> = {
  /** x [B, T, heads, D], cos and sin [1 or B, T, 1, R/2] → x with its first R dimensions rotated. */
  Rope: {
    infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
    // a rotation's transpose is the rotation by the opposite angle
    gradient: (g, [, cos, sin], _, [dy]) => [g.one('Rope', [dy, cos, g.neg(sin)], {}), undefined, undefined],
    expand: (g, [x, cos, sin]) => {
      const axis = x.shape.length - 1;
      const size = x.shape[axis] ?? 0;
      const half = cos.shape[cos.shape.length - 1] ?? 0;
      const first = g.slice(x, axis, 0, half);
      const second = g.slice(x, axis, half, 2 * half);
      const parts = [g.sub(g.mul(first, cos), g.mul(second, sin)), g.add(g.mul(second, cos), g.mul(first, sin))];
      if (2 * half < size) parts.push(g.slice(x, axis, 2 * half, size));
      return [g.concat(parts, axis)];
    },
  },
};
