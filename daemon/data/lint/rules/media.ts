// Rules on images, videos and audios: as many files as marks, of kinds that the template takes, that exist.
import * as l10n from '@vscode/l10n';
import type { Row } from '../../align/row.ts';
import type { Checker } from '../checker.ts';
import type { LintRow } from '../row.ts';
import type { Medium } from '../template-facts.ts';

const media = [['image', 'images'], ['video', 'videos'], ['audio', 'audios']] as const satisfies readonly [Medium, string][]; // prettier-ignore

/** Compares marks, counted while the texts were looked at, with the files of the row. */
export function checkMedia(checker: Checker, row: LintRow, value: Row): void {
  const { use, media: taken, marks } = checker;
  const surplus: { medium: Medium; name: string | undefined; files: number; marks: number }[] = [];
  for (const [medium, column] of media) {
    const name = use.entry.columns[column];
    const files = filesOf(name === undefined ? undefined : value[name]);
    for (const file of files) checker.hash.add(typeof file === 'string' ? file : JSON.stringify(file));
    if (files.length > 0 && taken && !taken.includes(medium)) {
      unsuitable(checker, row, medium, name ?? column);
      continue;
    }
    // templates of text alone take the marks as any other text
    const counts = taken ? taken.includes(medium) : name !== undefined;
    if (counts && files.length !== marks[medium])
      surplus.push({ medium, name, files: files.length, marks: marks[medium] });
    if (files.length > 0 && name !== undefined) missing(checker, row, name, value[name]);
  }
  const [one, other] = surplus;
  // as many marks too many of one kind as are missing of another: the mark names the wrong kind
  if (one && other && surplus.length === 2 && one.marks + other.marks === one.files + other.files) {
    const [wrong, right] = one.marks > one.files ? [one, other] : [other, one];
    mismatch(checker, row, wrong.medium, wrong.name, wrong.files, right.medium);
  } else for (const { medium, name, files } of surplus) mismatch(checker, row, medium, name, files);
}

function filesOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  // an empty text is a path, if one that leads nowhere
  return value === undefined || value === null ? [] : [value];
}

function mismatch(
  { report, marks, markPaths }: Checker,
  row: LintRow,
  medium: Medium,
  name: string | undefined,
  files: number,
  meant?: Medium,
): void {
  const count = marks[medium];
  const mark = count > files ? markPaths[medium] : undefined;
  const message = (): string =>
    meant === undefined
      ? l10n.t('The texts have {0} times <{1}>, and the row has {2} files for it: write one mark for each file.', count, medium, files) // prettier-ignore
      : l10n.t('<{0}> stands in the text where the row has a file for <{1}>: write <{1}>.', medium, meant);
  if (!mark) {
    report.row(row, 'media-count-mismatch', name === undefined ? [] : [name], message);
    return;
  }
  const fix = meant === undefined ? undefined : { title: l10n.t('Write {0}', `<${meant}>`), text: `<${meant}>` };
  report.row(row, 'media-count-mismatch', mark.path, message, {
    span: { start: mark.start, end: mark.start + medium.length + 2 },
    fix,
  });
}

/** The template is the same for all rows, so it is told once. */
function unsuitable({ report, use }: Checker, row: LintRow, medium: Medium, name: string): void {
  if (report.count('template-model-mismatch') > 0) return;
  const template = use.templateName ?? '';
  const message = (): string => l10n.t('The template {0} takes no {1}: choose one of a model that does, or leave the column "{2}" out.', template, medium, name); // prettier-ignore
  report.row(row, 'template-model-mismatch', [name], message);
}

function missing({ report, use }: Checker, row: LintRow, name: string, value: unknown): void {
  const { mediaExists } = use;
  if (!mediaExists) return;
  const look = (file: unknown, path: (string | number)[]): void => {
    if (Array.isArray(file)) for (const [i, part] of (file as unknown[]).entries()) look(part, [...path, i]);
    if (typeof file !== 'string' || file === '' || /^(?:https?|data|s3|gs):/.test(file) || mediaExists(file)) return;
    report.row(row, 'media-file-missing', path, () => l10n.t('There is no file "{0}" in the media folder: check the path.', file)); // prettier-ignore
  };
  look(value, [name]);
}
