// A recipe as it stands in its file: keys and values with their places.
import type { Finding, Range } from './finding.ts';
import type { Lines } from './lines.ts';

/** A value with its place. */
export interface ValueNode {
  readonly value: unknown;
  readonly range: Range;
  /** Offsets of the whole value in the text. */
  readonly start: number;
  readonly end: number;
  /** How a scalar is written. */
  readonly style?: 'plain' | 'single' | 'double' | 'block';
  readonly items?: readonly ValueNode[];
  readonly fields?: readonly { readonly key: string; readonly keyRange: Range; readonly node: ValueNode }[];
}

export interface RecipeEntry {
  readonly value: unknown;
  readonly keyRange: Range;
  readonly valueRange: Range;
  /** Written in quotes: stays text, whatever it looks like. */
  readonly quoted: boolean;
  readonly node: ValueNode;
  /** Offset of the key. */
  readonly keyStart: number;
  /** Stands in the mapping itself; false where a merge (<<) brought it in. */
  readonly own: boolean;
}

export interface RecipeDocument {
  readonly file: string;
  readonly text: string;
  readonly lines: Lines;
  readonly entries: ReadonlyMap<string, RecipeEntry>;
  readonly findings: readonly Finding[];
  /** Something could not be read: what is absent may stand there. */
  readonly broken: boolean;
  /** The mapping is written in braces. */
  readonly flow: boolean;
  /** Offset where a new line of the mapping can be written. */
  readonly end: number;
}
