// Pieces for tokenizers without a pre-tokenizer, whose vocabulary writes a space as ▁ (SentencePiece: Llama 2, Mistral, Gemma,
// Phi 3). A token is only ever merged into one that is in the vocabulary, so where none has ▁ after the character in front of a
// space, nothing is merged across that space and the text can be cut there.
import { z } from 'zod';
import type { Cutter } from './pieces.ts';

const space = '▁';
const replace = z.object({
  type: z.literal('Replace'),
  pattern: z.object({ String: z.literal(' ') }),
  content: z.literal(space),
});
const prepend = z.object({ type: z.literal('Prepend'), prepend: z.literal(space) });

const schema = z.object({
  normalizer: z.union([
    replace,
    z.object({ type: z.literal('Sequence'), normalizers: z.union([z.tuple([prepend, replace]), z.tuple([replace])]) }),
  ]),
  // a split at spaces finds none: the normalizer has replaced them
  pre_tokenizer: z.union([
    z.null(),
    z.object({ type: z.literal('Split'), pattern: z.object({ String: z.literal(' ') }) }),
  ]),
  added_tokens: z.array(z.object({ normalized: z.literal(false) })),
  model: z.object({
    type: z.literal('BPE'),
    dropout: z.null().optional(),
    byte_fallback: z.literal(true),
    vocab: z.custom<object>((value) => typeof value === 'object' && value !== null),
  }),
});

/** Undefined where the tokenizer is of another kind. */
export function wordCutterOf(tokenizerJson: unknown): Cutter | undefined {
  const parsed = schema.safeParse(tokenizerJson);
  if (!parsed.success) return undefined;
  const { normalizer, model } = parsed.data;
  const prepends = 'normalizers' in normalizer && normalizer.normalizers.length === 2;
  const joining = charactersBeforeSpace(Object.keys(model.vocab));
  return {
    cut: (text) => {
      // where the tokenizer itself writes ▁ in front, each piece goes without its own
      const pieces = cutBeforeSpaces(prepends ? ` ${text}` : text, joining);
      return prepends ? pieces.map((piece) => piece.slice(1)) : pieces;
    },
    isCertain: (piece) => !piece.includes(space),
  };
}

/** Characters that some token of the vocabulary has in front of an inner ▁. */
function charactersBeforeSpace(vocabulary: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const token of vocabulary) {
    for (let at = token.indexOf(space, 1); at > 0; at = token.indexOf(space, at + 1)) {
      const before = token[at - 1];
      if (before !== undefined && before !== space) found.add(before);
    }
  }
  return found;
}

/** Each piece is some spaces and the word after them; the last has the spaces at the end as well. */
function cutBeforeSpaces(text: string, joining: ReadonlySet<string>): readonly string[] {
  const words = text.match(/^[^ ]+(?: +$)?| +[^ ]+(?: +$)?/g);
  if (!words) return [text];
  if (joining.size === 0) return words;
  const pieces: string[] = [];
  for (const word of words) {
    const last = pieces.at(-1);
    if (last !== undefined && joining.has(last.at(-1) ?? '')) pieces[pieces.length - 1] = last + word;
    else pieces.push(word);
  }
  return pieces;
}
