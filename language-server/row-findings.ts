// Findings on the rows of a data file that is open as a text: those at its beginning; of long ones the rest is summed up elsewhere.
import { dirname, join, resolve } from 'node:path';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { readEntry, rowsUse } from '../daemon/data/lint/check-datasets.ts';
import { RowsCheck } from '../daemon/data/lint/check-rows.ts';
import { infoEntries } from '../daemon/recipe/assist/info-targets.ts';
import type { DatasetEntry } from '../daemon/recipe/dataset-info.ts';
import type { Finding } from '../daemon/recipe/finding.ts';
import { usesOf } from './dataset-use.ts';
import { pathOf, type Session } from './session.ts';

/** Characters that are checked with every keystroke: some fifty milliseconds. */
const OPEN_PART = 2 << 20;

export async function rowFindings(session: Session, document: TextDocument): Promise<readonly Finding[]> {
  const path = pathOf(document.uri);
  const entry = path === undefined ? undefined : entryOf(session, path);
  if (path === undefined || !entry) return [];
  const { infoFile, dataset } = entry;
  const whole = document.getText();
  const { text, lines } = openPart(whole);
  const use = rowsUse(dataset, { ...usesOf(session, infoFile, dataset.name), datasetDir: dirname(infoFile) });
  const findings: Finding[] = [];
  for await (const finding of new RowsCheck(path, { path, text }, use).run()) {
    // a list that was cut is not closed: that is no fault of the file
    const isCut = text.length < whole.length && (finding.code === 'rows-summary' || (finding.code === 'json-syntax' && finding.endLine >= lines)); // prettier-ignore
    if (!isCut) findings.push(finding);
  }
  return findings;
}

/** Whole lines from the beginning. */
function openPart(text: string): { text: string; lines: number } {
  if (text.length <= OPEN_PART) return { text, lines: Number.POSITIVE_INFINITY };
  const end = text.lastIndexOf('\n', OPEN_PART);
  const part = end < 0 ? '' : text.slice(0, end + 1);
  return { text: part, lines: part.split('\n').length - 1 };
}

/** The entry that names a file, in a dataset_info.json of the workspace or of the folders above the file. */
function entryOf(session: Session, path: string): { infoFile: string; dataset: DatasetEntry } | undefined {
  const above = [dirname(path), dirname(dirname(path))].map((folder) => join(folder, 'dataset_info.json'));
  for (const infoFile of new Set([...above, ...session.places.infoFiles])) {
    const text = session.disk.text(infoFile);
    if (text === undefined) continue;
    const named = infoEntries(text).find(({ fields }) =>
      fields.some(
        ({ name, value, isText }) => name === 'file_name' && isText && isSame(dirname(infoFile), value.text, path),
      ),
    );
    const dataset = named && readEntry(text, infoFile, named.name);
    if (dataset) return { infoFile, dataset };
  }
  return undefined;
}

/** The file itself, or the folder that it lies in. */
const isSame = (folder: string, name: string, path: string): boolean =>
  name !== '' && (resolve(folder, name) === path || resolve(folder, name) === dirname(path));
