// anneal check: findings of recipes, one a line or as JSON.
import { readFile } from 'node:fs/promises';
import { UserError } from '../errors.ts';
import { checkRecipe } from '../recipe/check.ts';
import { formatFinding, type Finding } from '../recipe/finding.ts';
import type { Arguments } from './main.ts';

export async function check({ words, flags }: Arguments): Promise<number> {
  const files = words.filter((word) => !word.includes('='));
  const overrides = words.filter((word) => word.includes('='));
  if (files.length === 0) throw new UserError('usage', 'Name at least one file: anneal check recipe.yaml');
  const findings: Finding[] = [];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw new UserError('file-missing', `${file} cannot be read: check the path.`, { cause });
    });
    findings.push(...checkRecipe(text, file, overrides).findings);
  }
  if (flags.has('--json')) console.log(JSON.stringify(findings));
  else for (const finding of findings) console.log(formatFinding(finding));
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}
