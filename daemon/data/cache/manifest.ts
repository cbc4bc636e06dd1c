// What a dataset's shards are, so that a run over unchanged files need not read them: the shards in order, the tokens of every row,
// what was left out. Named by the way of making tokens and by the state of the files.
import { z } from 'zod';
import { Dropped } from '../row-table.ts';
import type { DropCode } from '../conversation.ts';
import { decodeRecords, encodeRecords, int32 } from './record-stream.ts';

const headSchema = z.object({
  shards: z.array(z.object({ name: z.string(), rows: z.number().int().positive() })),
  truncated: z.number().int(),
  trains: z.boolean(),
  hash: z.string(),
  dropped: z.array(z.object({ count: z.number(), row: z.number(), code: z.string(), why: z.string(), at: z.array(z.union([z.string(), z.number()])) })),
}); // prettier-ignore

export interface Manifest {
  readonly shards: readonly { readonly name: string; readonly rows: number }[];
  /** Tokens of each row, -1 where it is left out. */
  readonly lengths: Int32Array;
  /** Number of each row in its dataset: num_samples takes some, and some twice. */
  readonly numbers: Int32Array;
  readonly truncated: number;
  readonly trains: boolean;
  readonly hash: string;
  readonly dropped: Dropped;
}

export function encodeManifest({ lengths, numbers, dropped, ...rest }: Manifest): Uint8Array {
  const reasons = dropped.reasons.map(({ count, first }) => ({ count, row: first.row, code: first.code, why: first.dropped, at: [...first.at] })); // prettier-ignore
  const head: z.infer<typeof headSchema> = { ...rest, shards: [...rest.shards], dropped: reasons };
  return encodeRecords(new Map([['length', int32(lengths)], ['row', int32(numbers)]]), head); // prettier-ignore
}

/** Throws where the stream is of another version of Anneal. */
export function decodeManifest(stream: Uint8Array, dataset: string): Manifest {
  const { table, head: whole } = decodeRecords(stream, headSchema);
  const { dropped: reasons, ...head } = whole;
  const dropped = new Dropped();
  for (const { count, row, code, why, at } of reasons)
    dropped.add({ dataset, row, code: code as DropCode, dropped: why, at }, count);
  const column = (name: string): Int32Array => Int32Array.from(table.getChild(name)?.toArray() as Int32Array);
  return { ...head, dropped, lengths: column('length'), numbers: column('row') };
}
