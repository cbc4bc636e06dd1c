// One route of the daemon's interface: method, path, what goes in, what comes out. And the pieces that several share.
import { z } from 'zod';

type Schema = z.ZodType;

export interface Route<P extends Schema = Schema, Q extends Schema = Schema, B extends Schema = Schema, R extends Schema = Schema> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Parameters stand in braces: /v1/runs/{id}. */
  readonly path: string;
  readonly summary: string;
  readonly params: P;
  readonly query: Q;
  /** What a request carries as JSON; an empty object where it needs nothing. Not looked at for get and delete. */
  readonly body: B;
  /** For streams: one message. */
  readonly response: R;
  readonly status: number;
  readonly produces: 'application/json' | 'text/event-stream' | 'text/plain';
  /** Answers without the token. */
  readonly open: boolean;
} // prettier-ignore

export const none = z.strictObject({});
type None = typeof none;

type Given<P extends Schema, Q extends Schema, B extends Schema, R extends Schema> = Pick<Route<P, Q, B, R>, 'method' | 'path' | 'summary' | 'response'> & Partial<Route<P, Q, B, R>>; // prettier-ignore

export function route<R extends Schema, P extends Schema = None, Q extends Schema = None, B extends Schema = None>(given: Given<P, Q, B, R>): Route<P, Q, B, R> {
  const defaults = { params: none, query: none, body: none, status: 200, produces: 'application/json', open: false };
  // where a part is left out its type is None, and so is its schema
  return { ...defaults, ...given } as unknown as Route<P, Q, B, R>;
} // prettier-ignore

/** Longest path of the systems Anneal runs on. */
export const absolutePath = z.string().min(1).max(4096);

/** A recipe comes as a file that the daemon reads, or as text; either way its relative paths start at workingDirectory. */
export const recipeSource = {
  recipeFile: absolutePath.optional(),
  recipeText: z.string().max(1_000_000).optional(),
  /** Words key=value, merged over the recipe. */
  overrides: z.array(z.string().min(1).max(10_000)).max(500).default([]),
  workingDirectory: absolutePath,
};

interface Source {
  readonly recipeFile?: string | undefined;
  readonly recipeText?: string | undefined;
}

export const onlyOneSource = {
  check: ({ recipeFile, recipeText }: Source): boolean => (recipeFile === undefined) !== (recipeText === undefined),
  message: { message: 'give recipeFile or recipeText, one of the two' },
};
