// What is wrong with a recipe: parsing, values, rules. The check command, the start of a run and editors share it.
import * as l10n from '@vscode/l10n';
import type { Command } from './commands.ts';
import type { RecipeDocument } from './document.ts';
import { gatherFacts, type RecipeFacts } from './facts/facts.ts';
import type { Files, Machine } from './facts/files.ts';
import { UserError } from '../errors.ts';
import { formatFinding, type Finding } from './finding.ts';
import { isNewerLanguage } from './other-languages.ts';
import { parseRecipe } from './parse.ts';
import type { Recipe } from './recipe.ts';
import { resolveRecipe, type ResolvedRecipe } from './resolve.ts';
import { rules } from './rules/list.ts';
import { ruleInput } from './rules/rule.ts';

export interface CheckedRecipe {
  readonly recipe: Recipe;
  readonly given: ReadonlySet<string>;
  readonly findings: readonly Finding[];
  readonly resolved: ResolvedRecipe;
  readonly facts: RecipeFacts;
}

export interface CheckOptions {
  /** The files that the recipe names; without them rules about files say nothing. */
  readonly files?: Files | ((resolved: ResolvedRecipe) => Files | undefined) | undefined;
  readonly machine?: Machine;
  /** The command it is meant for; otherwise its first comment or its keys tell. */
  readonly command?: Command | undefined;
}

export function checkRecipe(
  text: string,
  file: string,
  overrides: readonly string[] = [],
  { files, machine, command }: CheckOptions = {},
): CheckedRecipe {
  const document = parseRecipe(text, file);
  if (isNewerLanguage(document.entries.keys())) return newerLanguage(document, file);
  const resolved = resolveRecipe(document, overrides, command);
  const facts = gatherFacts(resolved.recipe, typeof files === 'function' ? files(resolved) : files, machine);
  // what a text that cannot be read as a whole says about several keys is not known
  const input = ruleInput(resolved, facts);
  const found = resolved.document.broken ? [] : rules.flatMap((rule) => rule.apply(input, resolved));
  const findings = [...withoutFollowUps(resolved), ...found];
  findings.sort((a, b) => a.line - b.line || a.column - b.column);
  return { recipe: resolved.recipe, given: resolved.given, findings, resolved, facts };
}

/** What stands where the text cannot be read was not meant as it looks: nothing is said of values beside it. */
function withoutFollowUps({ document, findings }: ResolvedRecipe): readonly Finding[] {
  const broken = document.broken ? document.findings.filter(({ code }) => code === 'yaml-syntax') : [];
  const beside = ({ line, endLine }: Finding): boolean =>
    broken.some((syntax) => line <= syntax.endLine + 1 && endLine >= syntax.line - 1);
  return broken.length === 0 ? findings : findings.filter((each) => document.findings.includes(each) || !beside(each));
}

/** Throws UserError with everything that keeps a recipe from being used. */
export function refuseErrors(findings: readonly Finding[]): void {
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new UserError('recipe-errors', errors.map(formatFinding).join('\n'));
}

/** One remark, and nothing else: none of its keys means here what it means there. */
function newerLanguage(document: RecipeDocument, file: string): CheckedRecipe {
  const resolved = resolveRecipe({ ...document, entries: new Map() });
  const message = l10n.t("This recipe is of LLaMA-Factory's newer code line (USE_V1), another language, which Anneal does not read yet."); // prettier-ignore
  const place = document.lines.range(0, document.lines.line(1).length);
  const remark: Finding = { file, ...place, severity: 'info', code: 'not-built-yet', message };
  const findings = [...document.findings, remark];
  return {
    recipe: resolved.recipe,
    given: resolved.given,
    findings,
    resolved,
    facts: gatherFacts(resolved.recipe, undefined),
  };
}
