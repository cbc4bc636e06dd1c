// Words after the recipe on a command line: key=value, merged over the file.
import * as l10n from '@vscode/l10n';
import type { Finding } from './finding.ts';
import { parseRecipe } from './parse.ts';

export interface Overrides {
  readonly entries: ReadonlyMap<string, unknown>;
  /** Placed at the start of the recipe: a command line has no lines. */
  readonly findings: readonly Finding[];
}

/** Values are read by the same YAML rules; an empty value is null, and a.b=1 sets a field of the mapping a. */
export function parseOverrides(words: readonly string[], file = 'command line'): Overrides {
  const entries = new Map<string, unknown>();
  const findings: Finding[] = [];
  for (const word of words) {
    const equals = word.indexOf('=');
    if (equals < 1) {
      const message = l10n.t('"{0}" is not key=value.', word);
      findings.push({ ...start, file, severity: 'error', code: 'override-syntax', message });
      continue;
    }
    const { entries: read, findings: problems } = parseRecipe(`value: ${word.slice(equals + 1)}`, file);
    for (const { severity, code, message } of problems)
      findings.push({
        ...start,
        file,
        severity,
        code,
        message: l10n.t('On the command line, {0}: {1}', word, message),
      });
    const [name = '', ...path] = word.slice(0, equals).replace(/^--/, '').split('.');
    entries.set(name, path.length === 0 ? read.get('value')?.value ?? null : put(entries.get(name), path, read.get('value')?.value ?? null)); // prettier-ignore
  }
  return { entries, findings };
}

const start = { line: 1, column: 1, endLine: 1, endColumn: 1 };

/** A mapping with a field of it set. */
function put(target: unknown, [first = '', ...rest]: readonly string[], value: unknown): Record<string, unknown> {
  const fields = typeof target === 'object' && target !== null ? (target as Record<string, unknown>) : {};
  return { ...fields, [first]: rest.length === 0 ? value : put(fields[first], rest, value) };
}
