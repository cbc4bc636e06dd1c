// A recipe file as text: UTF-8, or said to be something else.
import { readFile } from 'node:fs/promises';
import { Decoder } from '../data/lint/encoding.ts';
import { UserError } from '../errors.ts';
import type { Finding } from '../recipe/finding.ts';

export interface RecipeFile {
  readonly text: string;
  /** The bytes are no UTF-8; where they could be guessed at, the text is that of the guess. */
  readonly findings: readonly Finding[];
}

/** Throws UserError where the file cannot be read. */
export async function readRecipeFile(file: string): Promise<RecipeFile> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new UserError('recipe-missing', `The recipe ${file} cannot be read: check the path.`, { cause });
  });
  const findings: Finding[] = [];
  const decoder = new Decoder({
    bom: () => undefined,
    // Python reads none of the file: once is enough
    encoding: (range, message) =>
      findings.length > 0 ? undefined : findings.push({ ...range, file, severity: 'error', code: 'file-encoding', message }), // prettier-ignore
  });
  const text = (decoder.push(bytes)?.text ?? '') + (decoder.end()?.text ?? '');
  return { text, findings };
}
