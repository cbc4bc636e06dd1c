// Looks at the data files that a request about a place needs, before it is answered from what was seen.
import { dirname } from 'node:path';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { infoPath, nearbyDatasets } from '../daemon/recipe/assist/datasets.ts';
import { infoPlace } from '../daemon/recipe/assist/info-place.ts';
import { datasetNamesIn } from '../daemon/recipe/assist/targets.ts';
import { wordsOf } from '../daemon/recipe/assist/words.ts';
import { absolute } from './disk.ts';
import { pathOf, type Session } from './session.ts';

/** Files that are looked at for one list of suggestions. */
const MOST = 30;

const dataFile = /\.(?:jsonl?|csv|tsv|parquet|arrow|txt)(?:\.gz)?$/;

export async function prepare(session: Session, document: TextDocument, offset: number): Promise<void> {
  const kind = session.kindOf(document);
  if (kind === 'dataset-info') return prepareInfo(session, document, offset);
  if (kind !== 'recipe') return;
  const text = document.getText();
  if (wordsOf(text, 'template').some(({ from, to }) => offset >= from && offset <= to)) return session.data.open();
  const word = datasetNamesIn(text).find(({ from, to }) => offset >= from && offset <= to);
  if (!word) return;
  const { dataset_dir: folder } = session.viewOf(document).recipe;
  const dataset = nearbyDatasets(folder, session.surroundingsOf(document))?.find(({ name }) => name === word.text);
  const infoFile = absolute(session.baseFolder(document), infoPath(folder));
  if (typeof dataset?.entry['file_name'] === 'string')
    await session.data.looks.look(dirname(infoFile), dataset.entry['file_name']);
}

async function prepareInfo(session: Session, document: TextDocument, offset: number): Promise<void> {
  const path = pathOf(document.uri);
  if (path === undefined) return;
  const folder = dirname(path);
  const place = infoPlace(document.getText(), offset);
  if (place.file !== undefined) await session.data.looks.look(folder, place.file);
  if (!place.isKey || place.path.length !== 1) return;
  const names = (session.disk.list(folder) ?? []).filter(({ name, isFolder }) => !isFolder && dataFile.test(name) && name !== 'dataset_info.json'); // prettier-ignore
  for (const { name } of names.slice(0, MOST)) await session.data.looks.look(folder, name);
}
