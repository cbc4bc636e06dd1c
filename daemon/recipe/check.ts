// What a recipe's text alone tells: parsing, values, rules. The check command, the start of a run and editors share it.
import type { Finding } from './finding.ts';
import { parseRecipe } from './parse.ts';
import type { Recipe } from './recipe.ts';
import { resolveRecipe } from './resolve.ts';
import { rules } from './rules/list.ts';

export interface CheckedRecipe {
  readonly recipe: Recipe;
  readonly given: ReadonlySet<string>;
  readonly findings: readonly Finding[];
}

export function checkRecipe(text: string, file: string, overrides: readonly string[] = []): CheckedRecipe {
  const resolved = resolveRecipe(parseRecipe(text, file), overrides);
  const findings = [...resolved.findings, ...rules.flatMap((rule) => rule.apply(resolved))];
  findings.sort((a, b) => a.line - b.line || a.column - b.column);
  return { recipe: resolved.recipe, given: resolved.given, findings };
}
