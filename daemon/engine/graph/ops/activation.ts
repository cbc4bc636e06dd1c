// Gated activations (Shazeer 2020): y = act(gate) ∘ up. The gradient recomputes act from gate, which is kept anyway.
import type { Graph } from '../graph.ts';
import type { Tensor } from '../tensor.ts';
import type { RuleTable } from './rule.ts';
import type { ActivationKind } from './signatures.ts';

const sqrt2OverPi = Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

/** act(x) and, on demand, act'(x). */
function activate(g: Graph, x: Tensor, kind: ActivationKind): { value: Tensor; slope: () => Tensor } {
  switch (kind) {
    case 'silu': {
      const value = g.silu(x);
      const slope = (): Tensor => {
        const s = g.sigmoid(x);
        return g.add(s, g.mul(value, g.sub(g.scalar(1), s))); // σ(x)(1 + x(1 − σ(x))) = σ + y(1 − σ)
      };
      return { value, slope };
    }
    case 'gelu': {
      const phi = g.mul(g.add(g.one('Erf', [g.mul(x, Math.SQRT1_2)], {}), 1), 0.5);
      const density = (): Tensor => g.mul(g.one('Exp', [g.mul(g.square(x), -0.5)], {}), 1 / Math.sqrt(2 * Math.PI));
      return { value: g.mul(x, phi), slope: () => g.add(phi, g.mul(x, density())) }; // Φ(x) + x·φ(x)
    }
    case 'gelu_tanh': {
      // ½x(1 + tanh u), u = √(2/π)(x + 0.044715x³)
      const square = g.square(x);
      const u = g.mul(g.mul(x, g.add(g.mul(square, cubic), 1)), sqrt2OverPi);
      const t = g.tanh(u);
      const half = g.mul(g.add(t, 1), 0.5);
      const slope = (): Tensor => {
        const du = g.mul(g.add(g.mul(square, 3 * cubic), 1), sqrt2OverPi);
        return g.add(half, g.mul(g.mul(g.mul(x, 0.5), g.sub(g.scalar(1), g.square(t))), du));
      };
      return { value: g.mul(x, half), slope };
    }
  }
}

export const activation: RuleTable<'GatedActivation' | 'GatedActivationGrad'> = {
  GatedActivation: {
    infer: ([gate]) => [{ shape: gate.shape, dtype: gate.dtype }],
    gradient: (g, [gate, up], _, [dy], { attributes }) => g.op('GatedActivationGrad', [gate, up, dy], attributes),
    expand: (g, [gate, up], { kind }) => [g.mul(activate(g, gate, kind).value, up)],
  },
  /** (gate, up, dy) → d gate = dy∘up∘act'(gate), d up = dy∘act(gate). */
  GatedActivationGrad: {
    infer: ([gate, up]) => [
      { shape: gate.shape, dtype: gate.dtype },
      { shape: up.shape, dtype: up.dtype },
    ],
    gradient: null,
    expand: (g, [gate, up, dy], { kind }) => {
      const { value, slope } = activate(g, gate, kind);
      return [g.mul(g.mul(dy, up), slope()), g.mul(dy, value)];
    },
  },
};
