// Changed recipe keys as a person types them: key=value words, as on the command line.
import * as l10n from '@vscode/l10n';

/** Keys with their values, null where `key=` takes one away; or a sentence that says what is wrong. */
export function parseChanges(text: string): Record<string, unknown> | string {
  const changes: Record<string, unknown> = {};
  // quotes and brackets hold a value with spaces together
  for (const word of text.match(/(?:[^\s"'[\]]+|"[^"]*"|'[^']*'|\[[^\]]*\])+/g) ?? []) {
    const at = word.indexOf('=');
    if (at <= 0) return l10n.t('"{0}" is no key=value.', word);
    const key = word.slice(0, at);
    if (!/^\w+$/.test(key)) return l10n.t('"{0}" is no recipe key.', key);
    changes[key] = valueOf(word.slice(at + 1));
  }
  return changes;
}

function valueOf(text: string): unknown {
  if (text === '') return null;
  const quoted = /^'([^']*)'$/.exec(text);
  if (quoted) return quoted[1];
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
