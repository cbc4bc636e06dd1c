// The documents of a YAML text and what is wrong with them, scalars as text.
import { parseAllDocuments, type Document, type YAMLError } from 'yaml';
import { joinBrackets } from './yaml-strict.ts';

export interface Read {
  readonly documents: readonly Document.Parsed[];
  /** By place. */
  readonly damage: readonly YAMLError[];
}

export function readDocuments(text: string, again = false): Read {
  // a carriage return alone ends a line too, and no offset may move
  const parsed = parseAllDocuments(text.replace(/\r(?!\n)/g, '\n'), {
    schema: 'failsafe',
    uniqueKeys: false,
    merge: true,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const documents = 'empty' in parsed ? [] : parsed;
  const damage = documents.flatMap(({ errors }) => errors).sort((a, b) => a.pos[0] - b.pos[0]);
  const [error] = damage;
  const joined = error?.code === 'BAD_INDENT' && !again ? joinBrackets(text, error.pos[0]) : undefined;
  const second = joined === undefined ? undefined : readDocuments(joined, true);
  return second?.damage.length === 0 ? second : { documents, damage };
}

/** The offsets of an error; one about a quote that never closes reaches back to the text before it. */
export const damaged = (text: string, { code, pos }: YAMLError): readonly [number, number] =>
  code === 'MISSING_CHAR' ? [text.slice(0, pos[0]).trimEnd().length, pos[1]] : pos;
