// Rules on images, videos and audios: as many files as marks, of kinds that the template takes, that exist.
import * as l10n from '@vscode/l10n';
import type { Row } from '../../align/row.ts';
import type { Checker } from '../checker.ts';
import type { LintRow } from '../row.ts';
import type { Medium } from '../template-facts.ts';

const media = [['image', 'images'], ['video', 'videos'], ['audio', 'audios']] as const satisfies readonly [Medium, string][]; // prettier-ignore

/** Compares marks, counted while the texts were looked at, with the files of the row. */
export function checkMedia(checker: Checker, row: LintRow, value: Row): void {
  const { use, media: taken } = checker;
  const { columns } = use.entry;
  for (const [medium, column] of media) {
    const name = columns[column];
    const files = filesOf(name === undefined ? undefined : value[name]);
    for (const file of files) checker.hash.add(typeof file === 'string' ? file : JSON.stringify(file));
    if (files.length > 0 && taken && !taken.includes(medium)) {
      unsuitable(checker, row, medium, name ?? column);
      continue;
    }
    // templates of text alone take the marks as any other text
    const counts = taken ? taken.includes(medium) : name !== undefined;
    if (counts && files.length !== checker.marks[medium]) mismatch(checker, row, medium, name, files.length);
    if (files.length > 0 && name !== undefined) missing(checker, row, name, value[name]);
  }
}

function filesOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  return value === undefined || value === null || value === '' ? [] : [value];
}

function mismatch(checker: Checker, row: LintRow, medium: Medium, name: string | undefined, files: number): void {
  const { report, marks, markPaths } = checker;
  const count = marks[medium];
  const message = (): string => l10n.t('{0} marks <{1}> in the texts and {2} files: write one mark for each file.', count, medium, files); // prettier-ignore
  const mark = markPaths[medium];
  if (count > files && mark) {
    const span = { start: mark.start, end: mark.start + medium.length + 2 };
    report.row(row, 'media-count-mismatch', mark.path, message, { span });
  } else report.row(row, 'media-count-mismatch', name === undefined ? [] : [name], message);
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
