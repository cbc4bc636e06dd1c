// The fix for a data set that no entry describes: an entry for the file that is meant, made from the file's columns.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { applyEdits, modify } from 'jsonc-parser';
import * as l10n from '@vscode/l10n';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { UserError } from '../daemon/errors.ts';
import type { Finding, Fix } from '../daemon/recipe/finding.ts';
import { nearest } from '../daemon/recipe/suggest.ts';
import { infoFileOf } from './library.ts';
import type { Session } from './session.ts';

const dataFile = /\.(?:jsonl?|csv|tsv|parquet|arrow|txt)(?:\.gz)?$/;

/** Fixes for a finding on a recipe: none where it is about something else, or no file looks like the one that is meant. */
export async function missingEntryFixes(
  session: Session,
  document: TextDocument,
  finding: Finding,
): Promise<readonly Fix[]> {
  // prettier-ignore
  if (finding.code !== 'unknown-dataset' && finding.code !== 'dataset-info-missing') return [];
  const name = nameAt(document, finding);
  const infoFile = infoFileOf(session, document);
  const folder = join(infoFile, '..');
  const files = (session.disk.list(folder) ?? []).filter((entry) => !entry.isFolder && dataFile.test(entry.name) && entry.name !== 'dataset_info.json'); // prettier-ignore
  const stems = new Map(files.map((file) => [file.name.replace(dataFile, ''), file.name]));
  const stem = stems.has(name) ? name : nearest(name, [...stems.keys()]);
  const file = stem === undefined ? undefined : stems.get(stem);
  const entry = file === undefined ? undefined : await propose(join(folder, file));
  if (file === undefined || !entry) return [];
  const text = session.disk.text(infoFile) ?? '{}\n';
  const edits = modify(text, [name], entry, { formattingOptions: { tabSize: 2, insertSpaces: true, eol: '\n' } });
  const lines = (offset: number): { line: number; column: number } => {
    const before = text.slice(0, offset).split('\n');
    return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
  };
  const title = l10n.t('Add {0} to dataset_info.json as "{1}"', file, name);
  if (!existsSync(infoFile)) {
    const whole = { line: 1, column: 1, endLine: 1, endColumn: 1 };
    return [{ title, text: '', edits: [{ range: whole, text: applyEdits(text, edits), file: infoFile }] }];
  }
  const changed = edits.map(({ offset, length, content }) => {
    const [from, to] = [lines(offset), lines(offset + length)];
    const range = { line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
    return { range, text: content, file: infoFile };
  });
  return [{ title, text: '', edits: changed }];
}

function nameAt(document: TextDocument, { line, column, endLine, endColumn }: Finding): string {
  const start = { line: line - 1, character: column - 1 };
  const end = { line: endLine - 1, character: endColumn - 1 };
  return document.getText({ start, end }).replace(/^["']|["']$/g, '').trim(); // prettier-ignore
}

/** Nothing where the file cannot be read. */
async function propose(path: string): Promise<Record<string, unknown> | undefined> {
  const { proposeEntry } = await import('./data-room.ts');
  try {
    return await proposeEntry(path);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
