// The documents of a YAML text and what is wrong with them, scalars as text.
import { parseAllDocuments, visit, type Document, type YAMLError } from 'yaml';
import { joinBrackets, joinQuotes } from './yaml-strict.ts';

export interface Read {
  readonly documents: readonly Document.Parsed[];
  /** By place. */
  readonly damage: readonly YAMLError[];
}

/** Texts in quotes that go on at the margin, at most; each is read once more. */
const ROUNDS = 8;

export function readDocuments(text: string, round = 0): Read {
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
  const joined = error && round < ROUNDS ? joinedAt(text, error, documents) : undefined;
  const second = joined === undefined ? undefined : readDocuments(joined, round + 1);
  return second?.damage.length === 0 ? second : { documents, damage };
}

/** The text with what goes on at the margin on one line, which only the parser here minds. */
function joinedAt(text: string, { code, pos }: YAMLError, documents: readonly Document.Parsed[]): string | undefined {
  if (code === 'BAD_INDENT') return joinBrackets(text, pos[0]);
  if (code !== 'MISSING_CHAR') return undefined;
  let open: number | undefined;
  for (const document of documents)
    visit(document, {
      Scalar: (_, { type, range }) => {
        if (type?.startsWith('QUOTE') && range && range[1] === pos[0]) open = range[0];
      },
    });
  return open === undefined ? undefined : joinQuotes(text, open);
}

/** The offsets of an error; one about a quote that never closes reaches back to the text before it. */
export const damaged = (text: string, { code, pos }: YAMLError): readonly [number, number] =>
  code === 'MISSING_CHAR' ? [text.slice(0, pos[0]).trimEnd().length, pos[1]] : pos;
