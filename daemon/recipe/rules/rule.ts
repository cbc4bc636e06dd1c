// A rule is one condition over a recipe's keys and what is known of its files, one sentence, and where possible fixes.
import * as l10n from '@vscode/l10n';
import { commands as allCommands, type Command } from '../commands.ts';
import type { Finding, Fix, Range, Severity } from '../finding.ts';
import type { RecipeFacts } from '../facts/facts.ts';
import { partsOf, type Part } from '../parts.ts';
import { argumentOf, type ArgumentName, type Recipe } from '../recipe.ts';
import type { PartOfEntry, ResolvedRecipe } from '../resolve.ts';
import { codeOf } from './codes.ts';

export interface Problem {
  /** The key to point at. */
  readonly key: ArgumentName;
  /** What of it; a rule about a value points at the value, others at the whole entry. */
  readonly on?: PartOfEntry;
  /** A part of the value, where that is meant. */
  readonly range?: Range | undefined;
  readonly message: string;
  /** Ways out, the best first; those that do not apply to this file are left out. */
  readonly fix?: Fix | undefined;
  readonly otherFixes?: readonly (Fix | undefined)[];
  readonly severity?: Severity;
}

export interface Rule {
  /** Its name in the table: that of the check it stands for. Findings carry the code that this belongs to. */
  readonly name: string;
  readonly code: string;
  readonly severity: Severity;
  readonly keys: readonly ArgumentName[];
  readonly commands: readonly Command[];
  apply(input: RuleInput, resolved: ResolvedRecipe): Finding[];
}

export interface RuleInput {
  readonly recipe: Recipe;
  readonly given: ReadonlySet<string>;
  /** Keys whose value was refused, or that stand under a wrong name. */
  readonly unusable: ReadonlySet<string>;
  readonly command: Command;
  readonly facts: RecipeFacts;
  /** The parts of a value of several, with their places. */
  parts(key: ArgumentName): readonly Part[];
  /** Fixes; undefined where the key does not stand in the file, or a merge brought it in. */
  remove(key: ArgumentName): Fix | undefined;
  /** `value` is written as it is; a key that is absent goes on a line of its own behind `after`. */
  set(key: ArgumentName, value: string, after?: ArgumentName): Fix | undefined;
  rename(key: ArgumentName, to: ArgumentName): Fix | undefined;
}

type Check = (input: RuleInput) => Problem | readonly Problem[] | undefined;

/** A rule of the table. `check` says what is wrong, or nothing; it is asked where no value of `keys` was refused already. */
export const rule = (
  name: string,
  severity: Severity,
  keys: readonly ArgumentName[],
  check: Check,
  commands: readonly Command[] = allCommands,
): Rule => ({
  name,
  code: codeOf(name),
  severity,
  keys,
  commands,
  apply: (input, resolved) => {
    if (!commands.includes(resolved.command) || keys.some((key) => resolved.unusable.has(key))) return [];
    const found = check(input) ?? [];
    const problems = Array.isArray(found) ? (found as readonly Problem[]) : [found as Problem];
    return problems.map((problem) => toFinding(problem, { name, severity }, resolved));
  },
});

function toFinding(
  problem: Problem,
  { name, severity }: Pick<Rule, 'name' | 'severity'>,
  resolved: ResolvedRecipe,
): Finding {
  // prettier-ignore
  const { key, on = 'entry', range, message } = problem;
  const overridden = resolved.overridden.has(key);
  const [fix, ...otherFixes] = [problem.fix, ...(problem.otherFixes ?? [])].filter((each) => each !== undefined);
  return {
    ...resolved.locate(key, on),
    ...(range && !overridden ? range : {}),
    severity: problem.severity ?? severity,
    code: codeOf(name),
    rule: name,
    message: overridden ? l10n.t('On the command line: {0}', message) : message,
    ...(fix && !overridden ? { fix } : {}),
    ...(otherFixes.length > 0 && !overridden ? { otherFixes } : {}),
  };
}

/** What rules see of a recipe, made once for all of them. */
export function ruleInput(
  { recipe, given, unusable, command, edits, overridden, misnamed, valueOf }: ResolvedRecipe,
  facts: RecipeFacts,
): RuleInput {
  // prettier-ignore
  const fix = (title: string, text: string, made: Fix['edits']): Fix | undefined =>
    made && made.length > 0 ? { title, text, edits: made } : undefined;
  const inFile = (key: string): boolean => !overridden.has(key) && !misnamed.has(key);
  return {
    recipe,
    given,
    unusable,
    command,
    facts,
    parts: (key) => {
      const value = valueOf(key);
      return value ? partsOf(value, argumentOf(key)?.separator) : [];
    },
    remove: (key) => (inFile(key) ? fix(l10n.t('Remove {0}', key), '', edits.remove(key)) : undefined),
    set: (key, value, after) =>
      inFile(key) ? fix(l10n.t('Set {0}: {1}', key, value), value, edits.set(key, value, after)) : undefined,
    rename: (key, to) => (inFile(key) ? fix(l10n.t('Change to {0}', to), to, edits.rename(key, to)) : undefined),
  };
}

/** Whether a key names something. */
export const filled = (value: unknown): boolean =>
  value !== null && value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);

export const TRAIN: readonly Command[] = ['train'];
export const EXPORT: readonly Command[] = ['export'];
/** The commands that load a model to talk to it. */
export const SERVE: readonly Command[] = ['chat', 'api', 'webchat'];
