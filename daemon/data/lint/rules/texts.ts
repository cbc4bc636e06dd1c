// Rules on any text of a row: control characters, damage by a wrong encoding, control tokens, thoughts, marks of media.
import * as l10n from '@vscode/l10n';
import type { Checker, Side } from '../checker.ts';
import type { LintRow, Path } from '../row.ts';
import type { Medium } from '../template-facts.ts';

/** Looks at one text and adds it to the row's hash. */
export function checkText(checker: Checker, row: LintRow, path: Path, text: string, side: Side): void {
  checker.hash.add(text);
  checker.hashed = true;
  if (checker.mayHaveControls) checkControls(checker, row, path, text);
  if (checker.mayBeBroken) checkDamage(checker, row, path, text);
  if (!checker.mayHaveTags) return;
  checkTokens(checker, row, path, text);
  if (!text.includes('<')) return;
  if (side === 'answer') checkThoughts(checker, row, path, text);
  if (side !== 'system') countMarks(checker, path, text);
}

/* oxlint-disable no-control-regex -- control characters are what is looked for */
const controls = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/;

/** LaTeX commands that begin with a letter that JSON escapes: \beta, \frac, written with one backslash. */
const latex = /\u0008(?:eta|egin|ar\b|inom|oldsymbol|f\b|ig|ullet)|\u000C(?:rac|orall|lat|box)/;
/* oxlint-enable no-control-regex */

function checkControls({ report }: Checker, row: LintRow, path: Path, text: string): void {
  const found = controls.exec(text);
  if (!found) return;
  const code = found[0].charCodeAt(0);
  const name = code.toString(16).toUpperCase().padStart(4, '0');
  // raw in a text file: the file is damaged; written as an escape: at least NUL is never meant
  const severity = row.raw === undefined || code === 0 ? 'error' : 'warning';
  const message = (): string =>
    latex.test(text)
      ? l10n.t('The text has the control character U+{0} where a LaTeX command was meant: write its backslash twice.', name) // prettier-ignore
      : l10n.t('The text has the control character U+{0}: remove it.', name);
  report.row(row, 'control-character', path, message, {
    severity,
    span: { start: found.index, end: found.index + 1 },
  });
}

/** What follows the first byte of a character when UTF-8 was read byte by byte, as Latin-1 or Windows-1252. */
const later = '[\\u0080-\\u00BF€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]';
/** The same without what stands after a letter in good text: « é », à…, É”. */
const telling = '[\\u0080-\\u009F¡-ª¬-¯±µ¶¸-º¼-¿ƒ†‡ˆ‰Š‹ŒŽŸžœš›˜]';
const misread = new RegExp(
  [
    // é ü ñ ° « and the rest of Latin-1; a quote or dash may well follow a word in Ã
    `[ÃÂ](?![“”‘’–—…»])${later}`,
    'Â»',
    // quotes, dashes, dots
    `â€${later}`,
    // Cyrillic, Greek and the like: two characters at least
    `[Ä-ß](?:${telling}[Ä-ß]${later}|${later}[Ä-ß]${telling})`,
    // Chinese, Japanese, Korean
    `(?:[à-ï](?:${telling}${later}|${later}${telling}))`,
    // emoji
    `ðŸ${later}{2}`,
    // replacement characters read as GBK, and stray halves of surrogates
    '锟斤拷|烫烫烫',
  ].join('|'),
  'u',
);
const replacement = /\uFFFD|[\u0080-\u009F]/;
const surrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

function checkDamage({ report }: Checker, row: LintRow, path: Path, text: string): void {
  const half = text.isWellFormed() ? null : surrogate.exec(text);
  if (half) {
    const span = { start: half.index, end: half.index + 1 };
    const message = (): string => l10n.t('The text has half of a character (a lone surrogate): write the whole character, or remove it.'); // prettier-ignore
    report.row(row, 'broken-text', path, message, { span });
    return;
  }
  const lost = replacement.exec(text);
  if (lost) {
    const span = { start: lost.index, end: lost.index + 1 };
    const message = (): string => l10n.t('Here a character was lost to a wrong encoding: take the text from its source again, as UTF-8.'); // prettier-ignore
    report.row(row, 'broken-text', path, message, { span });
    return;
  }
  const found = misread.exec(text);
  if (!found) return;
  const span = wordAround(text, found.index, found.index + found[0].length);
  const word = text.slice(span.start, span.end);
  const message = (): string => l10n.t('"{0}" looks like UTF-8 that was read in another encoding: convert the file again from its source.', word); // prettier-ignore
  report.row(row, 'broken-text', path, message, { span });
}

function wordAround(text: string, from: number, to: number): { start: number; end: number } {
  let [start, end] = [from, to];
  while (start > 0 && from - start < 20 && /\S/.test(text[start - 1] as string)) start -= 1;
  while (end < text.length && end - to < 20 && /[^\s.,;:!?]/.test(text[end] as string)) end += 1;
  return { start, end };
}

function checkTokens({ report, tokens }: Checker, row: LintRow, path: Path, text: string): void {
  const found = tokens.pattern.exec(text);
  if (!found) return;
  const [token] = found;
  report.row(row, 'special-token-in-text', path, () => l10n.t('{0} in a text is read as the control token itself: remove it, or write it otherwise.', token), { span: { start: found.index, end: found.index + token.length } }); // prettier-ignore
}

/** <think> and </think> in turn. */
function checkThoughts({ report, use }: Checker, row: LintRow, path: Path, text: string): void {
  const [open, close] = (use.template?.thought_words ?? ['<think>', '</think>']).map((word) => word.trim()) as [string, string]; // prettier-ignore
  if (open === '' || close === '') return;
  let opened = -1;
  for (let at = 0; at < text.length;) {
    const [nextOpen, nextClose] = [text.indexOf(open, at), text.indexOf(close, at)];
    if (nextOpen < 0 && nextClose < 0) break;
    const opens = nextOpen >= 0 && (nextClose < 0 || nextOpen < nextClose);
    const start = opens ? nextOpen : nextClose;
    const word = opens ? open : close;
    if (opens ? opened >= 0 : opened < 0) {
      const span = { start, end: start + word.length };
      const message = (): string =>
        opens
          ? l10n.t('{0} stands here again before {1}: close the first thought.', open, close)
          : l10n.t('{0} without {1} before it: add {1} at the start of the thought.', close, open);
      report.row(row, 'unbalanced-think-tag', path, message, { span });
      return;
    }
    opened = opens ? start : -1;
    at = start + word.length;
  }
  if (opened < 0) {
    if (text.trimEnd().endsWith(close)) {
      const message = (): string => l10n.t('The answer is a thought with nothing after it: write the answer behind {0}.', close); // prettier-ignore
      report.row(row, 'empty-response', path, message, { severity: 'warning' });
    }
    return;
  }
  const span = { start: opened, end: opened + open.length };
  report.row(row, 'unbalanced-think-tag', path, () => l10n.t('{0} without {1} after it: add {1} where the thought ends.', open, close), { span }); // prettier-ignore
}

function countMarks(checker: Checker, path: Path, text: string): void {
  for (const medium of ['image', 'video', 'audio'] as const satisfies readonly Medium[]) {
    const mark = `<${medium}>`;
    for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + mark.length)) {
      checker.marks[medium] += 1;
      checker.markPaths[medium] = { path, start: at };
    }
  }
}
