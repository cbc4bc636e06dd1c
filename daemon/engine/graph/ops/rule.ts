// What an op has to say about itself: shapes, gradient, and, for fused ops, how it is made of primitive ones.
import type { Graph } from '../graph.ts';
import type { Spec, Tensor } from '../tensor.ts';
import type { Attributes, Inputs, OpName, Outputs } from './signatures.ts';

/** The gradient of each output; undefined where nothing depends on it. An op with one output always has it. */
export type OutputGradients<T extends readonly Tensor[]> = T extends readonly [Tensor]
  ? readonly [Tensor]
  : { readonly [I in keyof T]: Tensor | undefined };

export interface GradientContext<K extends OpName> {
  readonly attributes: Attributes<K>;
  /** Which inputs need a gradient. */
  readonly needs: readonly boolean[];
}

export interface OpRule<K extends OpName> {
  infer(inputs: Inputs<K>, attributes: Attributes<K>): readonly Spec[];
  /** Gradients of the inputs, undefined where there is none. null: the op is not differentiable, and says so when asked. */
  readonly gradient:
    | null
    | ((
        g: Graph,
        inputs: Inputs<K>,
        outputs: Outputs<K>,
        dOutputs: OutputGradients<Outputs<K>>,
        context: GradientContext<K>,
      ) => readonly (Tensor | undefined)[]);
  /** Fused ops: the same in primitive ops. `target` is where the graph will run. */
  readonly expand?: (g: Graph, inputs: Inputs<K>, attributes: Attributes<K>, target: Target) => readonly Tensor[];
}

/** Execution provider a graph is written for: some operators exist only on some of them. */
export type Target = 'cpu' | 'webgpu' | 'cuda';

export type RuleTable<K extends OpName> = { readonly [Name in K]: OpRule<Name> };
