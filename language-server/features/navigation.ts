// Go to definition, references and rename of data sets, links: where the names in a recipe lead, and who else uses them.
import { pathToFileURL } from 'node:url';
import * as l10n from '@vscode/l10n';
import {
  LSPErrorCodes,
  ResponseError,
  type DocumentLink,
  type Location,
  type LocationLink,
  type Position,
  type Range,
  type TextEdit,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { entryKeyAt, infoEntries, infoPointers } from '../../daemon/recipe/assist/info-targets.ts';
import { yamlText } from '../../daemon/recipe/assist/suggestion.ts';
import { datasetNamesIn, pointersIn, type Pointer } from '../../daemon/recipe/assist/targets.ts';
import type { Word } from '../../daemon/recipe/assist/text.ts';
import { absolute } from '../disk.ts';
import { datasetUses, infoFileOf, type DatasetUse } from '../library.ts';
import { pathOf, type Session } from '../session.ts';

const start: Range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

const rangeOf = (document: TextDocument, { from, to }: { from: number; to: number }): Range => ({
  start: document.positionAt(from),
  end: document.positionAt(to),
});

export function answerNavigation(session: Session): void {
  const { connection, documents } = session;
  connection.onDefinition(async ({ textDocument, position }): Promise<LocationLink[] | null> => {
    const document = documents.get(textDocument.uri);
    if (!document) return null;
    const offset = document.offsetAt(position);
    const pointer = pointers(session, document).find(({ word }) => offset >= word.from && offset <= word.to);
    return pointer ? definition(session, document, pointer) : null;
  });
  connection.onReferences(async ({ textDocument, position, context }): Promise<Location[] | null> => {
    const subject = datasetAt(session, textDocument.uri, position);
    if (!subject) return null;
    const uses = await datasetUses(session, subject.infoFile, subject.word.text);
    return uses
      .filter(({ isEntry }) => context.includeDeclaration || !isEntry)
      .map(({ document, word }) => ({ uri: document.uri, range: rangeOf(document, word) }));
  });
  connection.onPrepareRename(({ textDocument, position }) => {
    const subject = datasetAt(session, textDocument.uri, position);
    return subject ? { range: rangeOf(subject.document, subject.word), placeholder: subject.word.text } : null;
  });
  connection.onRenameRequest(async ({ textDocument, position, newName }) => {
    const subject = datasetAt(session, textDocument.uri, position);
    if (!subject) return null;
    checkName(session, subject.infoFile, subject.word.text, newName);
    const changes: Record<string, TextEdit[]> = {};
    for (const use of await datasetUses(session, subject.infoFile, subject.word.text)) {
      (changes[use.document.uri] ??= []).push({
        range: rangeOf(use.document, use.word),
        newText: written(use, newName),
      });
    }
    return { changes };
  });
  connection.onDocumentLinks(({ textDocument }): DocumentLink[] | null => {
    const document = documents.get(textDocument.uri);
    if (!document) return null;
    return pointers(session, document).flatMap(({ word, target }) => {
      const address = target.kind === 'file' ? fileUri(session, document, target.path) : target.kind === 'hub' ? `https://huggingface.co/${target.id}` : undefined; // prettier-ignore
      return address === undefined ? [] : [{ range: rangeOf(document, word), target: address }];
    });
  });
}

function pointers(session: Session, document: TextDocument): readonly Pointer[] {
  const kind = session.kindOf(document);
  if (kind === 'recipe') return pointersIn(session.viewOf(document), session.surroundingsOf(document));
  return kind === 'dataset-info' ? infoPointers(document.getText(), session.surroundingsOf(document)) : [];
}

const fileUri = (session: Session, document: TextDocument, path: string): string =>
  pathToFileURL(absolute(session.baseFolder(document), path)).href;

async function definition(
  session: Session,
  document: TextDocument,
  { word, target }: Pointer,
): Promise<LocationLink[] | null> {
  // prettier-ignore
  const originSelectionRange = rangeOf(document, word);
  if (target.kind === 'hub') return null;
  if (target.kind === 'file') {
    const targetUri = fileUri(session, document, target.path);
    return [{ originSelectionRange, targetUri, targetRange: start, targetSelectionRange: start }];
  }
  const info = session.readDocument(infoFileOf(session, document));
  const entry = info && infoEntries(info.getText()).find(({ name }) => name === target.name);
  if (!info || !entry) return null;
  const [targetRange, targetSelectionRange] = [rangeOf(info, entry), rangeOf(info, entry.key)];
  return [{ originSelectionRange, targetUri: info.uri, targetRange, targetSelectionRange }];
}

interface Subject {
  readonly document: TextDocument;
  readonly word: Word;
  readonly infoFile: string;
}

/** The data set whose name stands at a position: in a recipe, or as the key of an entry. */
function datasetAt(session: Session, uri: string, position: Position): Subject | undefined {
  const document = session.documents.get(uri);
  if (!document) return undefined;
  const offset = document.offsetAt(position);
  const kind = session.kindOf(document);
  if (kind === 'dataset-info') {
    const key = entryKeyAt(document.getText(), offset)?.key;
    const infoFile = pathOf(uri);
    return key && infoFile !== undefined ? { document, word: key, infoFile } : undefined;
  }
  if (kind !== 'recipe') return undefined;
  const word = datasetNamesIn(document.getText()).find(({ from, to }) => offset >= from && offset <= to);
  return word && { document, word, infoFile: infoFileOf(session, document) };
}

/** Throws a ResponseError where a data set cannot have this name. */
function checkName(session: Session, infoFile: string, name: string, newName: string): void {
  const refuse = (message: string): never => {
    throw new ResponseError(LSPErrorCodes.RequestFailed, message);
  };
  if (newName.trim() === '' || /[,\n]/.test(newName))
    refuse(l10n.t('The name of a data set is a text without commas and line ends.'));
  const info = session.disk.json(infoFile);
  if (newName !== name && typeof info === 'object' && info !== null && Object.hasOwn(info, newName))
    refuse(l10n.t('There is a data set "{0}" already: choose another name.', newName));
}

/** A name as it must be written at a place. */
function written({ document, word, isEntry }: DatasetUse, name: string): string {
  if (isEntry) return JSON.stringify(name);
  const around = document.getText().slice(Math.max(0, word.from - 1), word.from);
  return yamlText(name, word.quote, /[[,]/.test(around));
}
