// Words key=value as values: numbers, booleans, lists in brackets, all else text. Quotes keep spaces together. Pure.

export type Words =
  { readonly ok: true; readonly changes: Record<string, unknown> } | { readonly ok: false; readonly word: string };

/** The first word that is none is told of. */
export function parseWords(text: string): Words {
  const changes: Record<string, unknown> = {};
  for (const [word] of text.matchAll(/(?:[^\s"'[]|"[^"]*"|'[^']*'|\[[^\]]*\])+/g)) {
    const match = /^([a-z_][a-z0-9_]*)=(.*)$/s.exec(word);
    const [, key, value] = match ?? [];
    if (key === undefined || value === undefined) return { ok: false, word };
    changes[key] = valueOf(value);
  }
  return { ok: true, changes };
}

function valueOf(text: string): unknown {
  if (text === '') return null;
  const quoted = /^(["'])(.*)\1$/s.exec(text);
  if (quoted) return quoted[2];
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  if (text.startsWith('[') && text.endsWith(']')) {
    const inner = text.slice(1, -1).trim();
    return inner === '' ? [] : inner.split(',').map((part) => valueOf(part.trim()));
  }
  return text;
}
