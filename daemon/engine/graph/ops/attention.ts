// Causal attention by blocks of queries: the scores of one block are alive at a time, probabilities are recomputed in the
// backward pass, and keys that no query of a block may see are never multiplied (Dao 2023, FlashAttention-2, by whole rows).
import type { Graph } from '../graph.ts';
import type { Spec, Tensor } from '../tensor.ts';
import type { RuleTable } from './rule.ts';
import type { AttentionAttributes } from './signatures.ts';

/** Finite, so that a fully masked row stays a number. */
const MASKED = -1e30;

interface Block {
  /** Queries [start, end) see keys [from, end). */
  readonly start: number;
  readonly end: number;
  readonly from: number;
}

function blocksOf(length: number, { block, window }: AttentionAttributes): Block[] {
  const blocks: Block[] = [];
  for (let start = 0; start < length; start += block) {
    const end = Math.min(start + block, length);
    blocks.push({ start, end, from: window === undefined ? 0 : Math.max(0, start - window + 1) });
  }
  return blocks;
}

/** Additive causal (and window) mask of one block: [queries, keys]. */
function maskOf(g: Graph, { start, end, from }: Block, window: number | undefined): Tensor {
  const keys = end - from;
  const fill = (): Float32Array => {
    const data = new Float32Array((end - start) * keys);
    for (let query = start; query < end; query++) {
      for (let key = from; key < end; key++) {
        const seen = key <= query && (window === undefined || query - key < window);
        if (!seen) data[(query - start) * keys + key - from] = MASKED;
      }
    }
    return data;
  };
  // every layer has the same masks
  return g.sharedConstant(`mask ${start} ${end} ${from} ${window}`, fill, [end - start, keys], 'float32');
}

/** Sizes of q [B, KV, G, T, D]: B rows, KV key-value heads with G query heads each, T tokens, D per head. */
function sizes(q: Tensor): { b: number; kv: number; group: number; t: number; d: number } {
  const [b = 1, kv = 1, group = 1, t = 1, d = 1] = q.shape;
  return { b, kv, group, t, d };
}

class BlockedAttention {
  readonly g: Graph;
  readonly attributes: AttentionAttributes;
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly segments: Tensor | undefined;
  readonly blocks: readonly Block[];

  constructor(
    g: Graph,
    [q, k, v, segments]: readonly [Tensor, Tensor, Tensor, Tensor | undefined],
    attributes: AttentionAttributes,
  ) {
    this.g = g;
    this.attributes = attributes;
    this.q = q;
    this.k = k;
    this.v = v;
    this.segments = segments;
    this.blocks = blocksOf(sizes(q).t, attributes);
  }

  /** Queries of one block, the query heads of a key-value head merged into rows: [B, KV, G·n, D]. */
  queries(x: Tensor, { start, end }: Block): Tensor {
    const { b, kv, group } = sizes(this.q);
    return this.g.reshape(this.g.slice(x, 3, start, end), [b, kv, group * (end - start), x.shape[4] ?? 1]);
  }

  /** [B, KV, G·n, D] back to [B, KV, G, n, D]. */
  unmerge(x: Tensor, { start, end }: Block): Tensor {
    const { b, kv, group } = sizes(this.q);
    return this.g.reshape(x, [b, kv, group, end - start, x.shape[3] ?? 1]);
  }

  keys(x: Tensor, { from, end }: Block): Tensor {
    return this.g.slice(x, 2, from, end);
  }

  /** Probabilities of a block [B, KV, G·n, keys], and the slope of the softcap where there is one. */
  probabilities(block: Block, after: readonly Tensor[] = []): { p: Tensor; slope: Tensor | undefined } {
    const { g } = this;
    const { scale, softcap, window } = this.attributes;
    const { b, kv, group } = sizes(this.q);
    const n = block.end - block.start;
    const keys = block.end - block.from;
    const queries = this.queries(this.q, block);
    let scores = g.matmul(g.gate(queries, after), this.keys(this.k, block), { transB: true, alpha: scale });
    let slope: Tensor | undefined;
    if (softcap !== undefined) {
      const t = g.tanh(g.mul(scores, 1 / softcap));
      scores = g.mul(t, softcap);
      slope = g.sub(g.scalar(1), g.square(t));
    }
    let masked = g.add(g.reshape(scores, [b, kv, group, n, keys]), maskOf(g, block, window));
    if (this.segments) {
      const own = g.reshape(g.slice(this.segments, 1, block.start, block.end), [b, 1, 1, n, 1]);
      const theirs = g.reshape(g.slice(this.segments, 1, block.from, block.end), [b, 1, 1, 1, keys]);
      masked = g.one('Where', [g.one('Equal', [own, theirs], {}), masked, g.scalar(MASKED)], {});
    }
    return { p: g.reshape(g.softmax(masked), [b, kv, group * n, keys]), slope };
  }

  forward(): Tensor {
    const outputs = this.blocks.map((block) => {
      const { p } = this.probabilities(block);
      return this.unmerge(this.g.matmul(p, this.keys(this.v, block)), block);
    });
    return this.g.concat(outputs, 3);
  }

  /** Adds a block's gradient of keys [B, KV, from…end, D] to the sum over all blocks. */
  accumulate(sum: Tensor | undefined, part: Tensor, { from, end }: Block): Tensor {
    const { g } = this;
    const { b, kv, t } = sizes(this.q);
    const width = part.shape[3] ?? 1;
    const pieces: Tensor[] = [];
    if (from > 0) pieces.push(g.zeros([b, kv, from, width]));
    pieces.push(part);
    if (end < t) pieces.push(g.zeros([b, kv, t - end, width]));
    const whole = g.concat(pieces, 2);
    return sum ? g.add(sum, whole) : whole;
  }

  /** With P the probabilities: dV = PᵀdO, dS = P∘(dO·Vᵀ − rowsum(dO∘O)), dQ = α·dS·K, dK = α·dSᵀQ. */
  backward(o: Tensor, dO: Tensor): [Tensor, Tensor, Tensor] {
    const { g } = this;
    const { scale } = this.attributes;
    const dots = g.sum(g.mul(dO, o), [4], true); // [B, KV, G, T, 1]
    const dQ: Tensor[] = [];
    let dK: Tensor | undefined;
    let dV: Tensor | undefined;
    for (const block of this.blocks) {
      // a block starts when the one before it is done with its scores
      const { p, slope } = this.probabilities(block, dK && dV ? [dK, dV] : []);
      const dOut = this.queries(dO, block);
      const dP = g.matmul(dOut, this.keys(this.v, block), { transB: true });
      let dS = g.mul(p, g.sub(dP, this.queries(dots, block)));
      if (slope) dS = g.mul(dS, slope);
      dV = this.accumulate(dV, g.matmul(p, dOut, { transA: true }), block);
      dK = this.accumulate(dK, g.matmul(dS, this.queries(this.q, block), { transA: true, alpha: scale }), block);
      dQ.push(this.unmerge(g.matmul(dS, this.keys(this.k, block), { alpha: scale }), block));
    }
    if (!dK || !dV) throw new Error('attention over no tokens');
    return [g.concat(dQ, 3), dK, dV];
  }
}

const like = ({ shape, dtype }: Tensor): Spec => ({ shape, dtype });

export const attention: RuleTable<'Attention' | 'AttentionGrad'> = {
  /** q [B, KV, G, T, D], k [B, KV, T, D], v [B, KV, T, D], segments int32 [B, T] or none → [B, KV, G, T, D]. */
  Attention: {
    infer: ([q]) => [like(q)],
    gradient: (g, [q, k, v, segments], [o], [dO], { attributes }) => {
      const inputs = segments ? ([q, k, v, o, dO, segments] as const) : ([q, k, v, o, dO] as const);
      return [...g.op('AttentionGrad', inputs, attributes), ...(segments ? [undefined] : [])];
    },
    expand: (g, [q, k, v, segments], attributes) => [
      new BlockedAttention(g, [q, k, v, segments], attributes).forward(),
    ],
  },
  /** (q, k, v, o, dO, segments?) → dq, dk, dv. */
  AttentionGrad: {
    infer: ([q, k, v]) => [like(q), like(k), like(v)],
    gradient: null,
    expand: (g, [q, k, v, o, dO, segments], attributes) =>
      new BlockedAttention(g, [q, k, v, segments], attributes).backward(o, dO),
  },
};
