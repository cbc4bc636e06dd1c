// anneal preview: rows as messages, rendered text, tokens, mask and the reason of each mask.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { previewRows } from '../data/preview.ts';
import type { PreviewedRow, PreviewedText, PreviewedTokens } from '../data/preview-row.ts';
import { dataOptions } from '../data/recipe-options.ts';
import { UserError } from '../errors.ts';
import { checkRecipe } from '../recipe/check.ts';
import { formatFinding } from '../recipe/finding.ts';
import type { Arguments } from './main.ts';

/** Rows a command without --row or --rows shows. */
const SHOWN = 3;

export async function preview({ words, flags }: Arguments): Promise<number> {
  const [file, ...overrides] = words;
  if (file === undefined) throw new UserError('usage', 'Name a recipe: anneal preview recipe.yaml --row 0');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UserError('recipe-missing', `The recipe ${file} cannot be read: check the path.`, { cause });
  });
  const { recipe, given, findings } = checkRecipe(text, file, overrides);
  const blocking = findings.filter(({ severity }) => severity === 'error');
  if (blocking.length > 0) throw new UserError('recipe-errors', blocking.map(formatFinding).join('\n'));
  const path = (value: string): string => resolve(value);
  const [first, last] = rowRange(flags);
  const rows = previewRows({
    data: dataOptions(recipe, given, path, new Date().toDateString().replace(/^\w+ (\w+) (\d+) /, '$2 $1 ')),
    modelFolder: path(recipe.model_name_or_path ?? ''),
    addTokens: { plain: recipe.add_tokens, special: recipe.add_special_tokens },
    dataset: flags.get('--dataset') as string | undefined,
    first,
    last,
  });
  for await (const row of rows) console.log(flags.has('--json') ? JSON.stringify(row) : describe(row));
  return 0;
}

function rowRange(flags: Arguments['flags']): [number, number] {
  const row = flags.get('--row');
  const rows = flags.get('--rows');
  const match = /^(\d+)(?:-(\d+))?$/.exec(String(row ?? rows ?? `0-${SHOWN - 1}`));
  if (!match) throw new UserError('usage', '--row takes a number, --rows takes N-M; rows count from 0.');
  const first = Number(match[1]);
  return [first, match[2] === undefined ? first : Number(match[2])];
}

/** A row for people: trained tokens in green on a terminal, in brackets elsewhere. */
function describe(row: PreviewedRow): string {
  const title = `${row.dataset} row ${row.row}`;
  if ('dropped' in row) return `${title}: left out, because ${row.dropped}.`;
  const trained = row.labels.filter((label) => label !== -100).length;
  const counted = `${title}: ${row.ids.length} tokens, ${trained} trained${row.truncated ? ', cut at cutoff_len' : ''}`;
  const kind = row.desirable === undefined ? '' : row.desirable ? ', desirable' : ', undesirable';
  const rejected = row.rejected ? `\nrejected:\n${marked(row.rejected)}` : '';
  const notes = [...(row.notes ?? []).map(({ text }) => text), ...differs(row)]
    .map((note) => `\nnote: ${note}`)
    .join('');
  return `${counted}${kind}\n${marked(row)}${rejected}${notes}\n`;
}

function differs({ ownTemplate }: PreviewedTokens): string[] {
  if (!ownTemplate) return [];
  const [before, named, own] = [ownTemplate.before, ownTemplate.named, ownTemplate.own].map((text) => JSON.stringify(text)); // prettier-ignore
  return [
    `The model's own chat template writes this row in another way: behind ${before} ${own} where the named one has ${named}.`,
  ];
}

function marked(row: PreviewedText): string {
  const colour = process.stdout.isTTY;
  const mark = (text: string): string => (colour ? `\u001b[32m${text}\u001b[0m` : `⟦${text}⟧`);
  let shown = '';
  let run = '';
  for (const token of row.tokens) {
    if (token.trained) run += token.text;
    else {
      shown += (run ? mark(run) : '') + token.text;
      run = '';
    }
  }
  return shown + (run ? mark(run) : '');
}
