// A rule is one condition over a recipe's keys, one sentence, and where possible one fix.
import type { Finding, Fix, Severity } from '../finding.ts';
import type { ArgumentName, Recipe } from '../recipe.ts';
import type { ResolvedRecipe } from '../resolve.ts';

export interface Problem {
  /** The key to point at. */
  readonly key: ArgumentName;
  readonly message: string;
  readonly fix?: Fix;
}

export interface Rule {
  readonly code: string;
  readonly severity: Severity;
  readonly keys: readonly ArgumentName[];
  apply(resolved: ResolvedRecipe): Finding[];
}

export interface RuleInput {
  readonly recipe: Recipe;
  readonly given: ReadonlySet<string>;
}

type Check = (input: RuleInput) => Problem | readonly Problem[] | undefined;

/** A rule of the table. `check` says what is wrong, or nothing. */
export const rule = (code: string, severity: Severity, keys: readonly ArgumentName[], check: Check): Rule => ({
  code,
  severity,
  keys,
  apply: ({ recipe, given, locate }) => {
    const found = check({ recipe, given }) ?? [];
    const problems = Array.isArray(found) ? (found as readonly Problem[]) : [found as Problem];
    return problems.map(({ key, message, fix }) => ({
      ...locate(key),
      severity,
      code,
      message,
      ...(fix ? { fix } : {}),
    }));
  },
});
