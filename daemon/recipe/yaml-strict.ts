// Where PyYAML, which LLaMA-Factory reads recipes with, is stricter than the parser here.
import * as l10n from '@vscode/l10n';
import type { Lines } from './lines.ts';
import type { Problem } from './yaml-errors.ts';

/** Problems that only PyYAML has; none where another one (at `before`) comes first. */
export function strictProblems(lines: Lines, before: number | undefined): Problem[] {
  const found = [controlCharacter(lines)].filter((problem) => problem !== undefined);
  return found.filter(({ start }) => before === undefined || start <= before).slice(0, 1);
}

/** Characters that no YAML text may hold. */
function controlCharacter({ text }: Lines): Problem | undefined {
  const match = /[^\t\n\r\u0020-\u007E\u0085\u00A0-\uFFFD]/u.exec(text.replace(/[\u{10000}-\u{10FFFF}]/gu, 'xx'));
  if (!match) return undefined;
  const code = match[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0') ?? '';
  return {
    start: match.index,
    end: match.index + match[0].length,
    message: l10n.t('The control character U+{0} cannot stand in YAML: remove it.', code),
    fix: { title: l10n.t('Remove it'), text: '', safe: true },
  };
}
