// Where a cursor stands in dataset_info.json, and what the entry around it says.
import { findNodeAtLocation, getLocation, getNodeValue, parseTree, type JSONPath, type Node } from 'jsonc-parser';
import { isObject } from './datasets.ts';

export interface InfoPlace {
  /** Keys from the top down to the cursor. */
  readonly path: JSONPath;
  readonly isKey: boolean;
  /** The text that a chosen word replaces, quotes included. */
  readonly from: number;
  readonly to: number;
  /** A colon and a value follow the key. */
  readonly hasValue: boolean;
  readonly entry: Readonly<Record<string, unknown>>;
  /** The entry's file, where it names one. */
  readonly file: string | undefined;
  /** Keys of the object around the cursor, without the one at it. */
  readonly siblings: readonly string[];
}

export function infoPlace(text: string, offset: number): InfoPlace {
  const { path, isAtPropertyKey, previousNode } = getLocation(text, offset);
  const root = parseTree(text);
  const covers = previousNode && previousNode.offset <= offset && offset <= previousNode.offset + previousNode.length;
  const word = covers ? { from: previousNode.offset, to: previousNode.offset + previousNode.length } : wordAt(text, offset); // prettier-ignore
  const entryNode = root && typeof path[0] === 'string' ? findNodeAtLocation(root, [path[0]]) : undefined;
  const value: unknown = entryNode ? getNodeValue(entryNode) : undefined;
  const entry = isObject(value) ? value : {};
  const around = root && findNodeAtLocation(root, path.slice(0, -1));
  return {
    path,
    isKey: isAtPropertyKey,
    ...word,
    hasValue: /^\s*:/.test(text.slice(word.to, word.to + 200)),
    entry,
    file: fileOf(entry),
    siblings: keysOf(around).filter((key) => key.offset !== word.from).map(({ value: name }) => String(name)), // prettier-ignore
  };
}

const fileOf = (entry: Readonly<Record<string, unknown>>): string | undefined =>
  typeof entry['file_name'] === 'string' && entry['file_name'] !== '' ? entry['file_name'] : undefined;

const keysOf = (node: Node | undefined): readonly Node[] =>
  node?.type === 'object' ? (node.children ?? []).flatMap(({ children }) => children?.[0] ?? []) : [];

/** A word without quotes that is being typed. */
function wordAt(text: string, offset: number): { from: number; to: number } {
  const before = /[\w.-]*$/.exec(text.slice(Math.max(0, offset - 200), offset))?.[0].length ?? 0;
  const after = /^[\w.-]*/.exec(text.slice(offset, offset + 200))?.[0].length ?? 0;
  return { from: offset - before, to: offset + after };
}

export const formattingOf = (entry: Readonly<Record<string, unknown>>): string =>
  typeof entry['formatting'] === 'string' ? entry['formatting'] : 'alpaca';
