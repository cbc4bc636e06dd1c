// Comments that take findings back: "# anneal-ignore: code" behind a line or on the line above it, "# anneal-ignore-file: code" for all
// of the file. Several codes stand with commas between; a rule's own name counts too.
import * as l10n from '@vscode/l10n';
import type { Finding } from './finding.ts';
import { Lines } from './lines.ts';

const comment = /#\s*anneal-ignore(-file)?\s*:\s*([\w-]+(?:\s*,\s*[\w-]+)*)/g;

interface Ignored {
  readonly codes: readonly string[];
  /** The comment's line, from 1. */
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
  /** The line it is about; undefined: the file. */
  readonly target: number | undefined;
}

function ignoredIn(lines: Lines): Ignored[] {
  const found: Ignored[] = [];
  for (let line = 1; line <= lines.count; line++) {
    const text = lines.line(line);
    if (!text.includes('anneal-ignore')) continue;
    for (const match of text.matchAll(comment)) {
      // a comment begins the line, or stands behind a blank
      if (match.index > 0 && !/\s/.test(text[match.index - 1] ?? '')) continue;
      const alone = text.slice(0, match.index).trim() === '';
      found.push({
        codes: (match[2] ?? '').split(',').map((code) => code.trim()),
        line,
        column: match.index + 1,
        endColumn: match.index + match[0].length + 1,
        target: match[1] ? undefined : alone ? nextLine(lines, line) : line,
      });
    }
  }
  return found;
}

/** The next line that is more than a comment. */
function nextLine(lines: Lines, after: number): number {
  let line = after + 1;
  while (line < lines.count && /^\s*(#.*)?$/.test(lines.line(line))) line += 1;
  return line;
}

/** Findings of a recipe without those that its comments take back; a comment that takes nothing back is told instead. */
export function withoutIgnored(findings: readonly Finding[], text: string, file: string): Finding[] {
  const ignored = text.includes('anneal-ignore') ? ignoredIn(new Lines(text.replace(/^\uFEFF/, ''))) : [];
  if (ignored.length === 0) return [...findings];
  const used = new Set<Ignored>();
  const kept = findings.filter((finding) => {
    const by = ignored.find(
      ({ codes, target }) =>
        finding.file === file &&
        (target === undefined || (finding.line <= target && target <= finding.endLine)) &&
        (codes.includes(finding.code) || (finding.rule !== undefined && codes.includes(finding.rule))),
    );
    if (by) used.add(by);
    return !by;
  });
  const idle = ignored.filter((each) => !used.has(each));
  return [...kept, ...idle.map((each) => unneeded(each, file))].sort((a, b) => a.line - b.line || a.column - b.column);
}

const unneeded = ({ codes, line, column, endColumn }: Ignored, file: string): Finding => ({
  file,
  line,
  column,
  endLine: line,
  endColumn,
  severity: 'hint',
  code: 'unneeded-ignore',
  message: l10n.t('There is nothing to ignore here: no finding {0}.', codes.join(', ')),
  fix: { title: l10n.t('Remove the comment'), text: '' },
});
