// All recipes and dataset_info.json files of the workspace, open or not: texts, read once as long as their files stay the same.
import { pathToFileURL } from 'node:url';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { infoPath } from '../daemon/recipe/assist/datasets.ts';
import { infoEntries } from '../daemon/recipe/assist/info-targets.ts';
import { datasetNamesIn } from '../daemon/recipe/assist/targets.ts';
import type { Word } from '../daemon/recipe/assist/text.ts';
import { absolute } from './disk.ts';
import { pathOf, type DocumentKind, type Session } from './session.ts';

export interface LibraryDocument {
  readonly document: TextDocument;
  readonly kind: DocumentKind;
  readonly isOpen: boolean;
}

/** Documents of these kinds: open ones as they are in the editor, others as they are on disk. */
export async function* allDocuments(session: Session, kinds: readonly DocumentKind[]): AsyncGenerator<LibraryDocument> {
  await session.places.settled();
  const open = session.documents.all();
  const seen = new Set(open.map(({ uri }) => uri));
  for (const document of open) {
    const kind = session.kindOf(document);
    if (kinds.includes(kind)) yield { document, kind, isOpen: true };
  }
  for (const path of [...session.places.yamlFiles, ...session.places.infoFiles]) {
    const uri = pathToFileURL(path).href;
    if (seen.has(uri)) continue;
    const document = session.readDocument(path);
    const kind = document && session.kindOf(document);
    if (document && kind && kinds.includes(kind)) yield { document, kind, isOpen: false };
  }
}

/** A place at which the name of a data set stands. */
export interface DatasetUse {
  readonly document: TextDocument;
  readonly word: Word;
  readonly isEntry: boolean;
}

/** Every place of a data set's name: its entry, and the recipes that read this dataset_info.json. */
export async function datasetUses(session: Session, infoFile: string, name: string): Promise<DatasetUse[]> {
  const uses: DatasetUse[] = [];
  for await (const { document, kind } of allDocuments(session, ['recipe', 'dataset-info'])) {
    const text = document.getText();
    if (kind === 'dataset-info') {
      if (pathOf(document.uri) !== infoFile) continue;
      for (const entry of infoEntries(text)) if (entry.name === name) uses.push({ document, word: entry.key, isEntry: true }); // prettier-ignore
      continue;
    }
    if (infoFileOf(session, document) !== infoFile) continue;
    for (const word of datasetNamesIn(text)) if (word.text === name) uses.push({ document, word, isEntry: false });
  }
  return uses;
}

/** The dataset_info.json that a recipe reads, as an absolute path. */
export const infoFileOf = (session: Session, document: TextDocument): string =>
  absolute(session.baseFolder(document), infoPath(session.viewOf(document).recipe.dataset_dir));
