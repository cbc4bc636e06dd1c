// Gradients of tables that are looked up: a few rows of many. Kept as rows, they need no matrix of zeros the table's size.
import type { Tensor } from './tensor.ts';

export interface SplitGradient {
  /** What is not rows: [V, H]; undefined where there is nothing else. */
  readonly dense: Tensor | undefined;
  /** Rows [N, H] to be added at indices int32 [N], which may recur. */
  readonly rows: { readonly indices: Tensor; readonly values: Tensor } | undefined;
}

/** Rows scattered into zeros, as the gradient of Gather makes them. */
function rowsOf(tensor: Tensor | undefined): SplitGradient['rows'] {
  if (tensor?.node?.op !== 'ScatterAdd') return undefined;
  const [base, indices, values] = tensor.node.inputs;
  const [filled] = base?.node?.op === 'Expand' ? base.node.inputs : [];
  return filled?.data?.length === 1 && filled.data[0] === 0 && indices && values ? { indices, values } : undefined;
}

/** Takes the rows out of a gradient, alone or added to something else (a table that is the output projection too). */
export function splitRows(gradient: Tensor | undefined): SplitGradient {
  const alone = rowsOf(gradient);
  if (alone) return { dense: undefined, rows: alone };
  const [a, b] = gradient?.node?.op === 'Add' ? gradient.node.inputs : [];
  const second = rowsOf(b);
  if (second) return { dense: a, rows: second };
  const first = rowsOf(a);
  return first ? { dense: b, rows: first } : { dense: gradient, rows: undefined };
}
