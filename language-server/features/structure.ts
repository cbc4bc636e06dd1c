// Outline, folding, formatting: the shape of a recipe.
import {
  FoldingRangeKind,
  SymbolKind,
  type DocumentSymbol,
  type FoldingRange,
  type TextEdit,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { formatRecipe } from '../../daemon/recipe/assist/format.ts';
import { infoEntries } from '../../daemon/recipe/assist/info-targets.ts';
import { foldsOf, sectionsOf, type KeyPlace } from '../../daemon/recipe/assist/structure.ts';
import type { Session } from '../session.ts';

export function answerStructure(session: Session): void {
  const { connection, documents } = session;
  connection.onDocumentSymbol(({ textDocument }): DocumentSymbol[] | null => {
    const document = documents.get(textDocument.uri);
    const kind = document && session.kindOf(document);
    if (document && kind === 'dataset-info') return entrySymbols(document);
    return document && kind === 'recipe' ? recipeSymbols(document) : null;
  });
  connection.onFoldingRanges(({ textDocument }): FoldingRange[] | null => {
    const document = documents.get(textDocument.uri);
    if (!document || session.kindOf(document) !== 'recipe') return null;
    return foldsOf(document.getText()).flatMap(({ from, to, isComment }) => {
      const [startLine, endLine] = [document.positionAt(from).line, document.positionAt(to).line];
      return startLine < endLine
        ? [{ startLine, endLine, ...(isComment ? { kind: FoldingRangeKind.Comment } : {}) }]
        : [];
    });
  });
  connection.onDocumentFormatting(({ textDocument }): TextEdit[] | null => {
    const document = documents.get(textDocument.uri);
    if (!document || session.kindOf(document) !== 'recipe') return null;
    return lineEdits(document, formatRecipe(document.getText()));
  });
}

function recipeSymbols(document: TextDocument): DocumentSymbol[] {
  const symbol = ({ name, value, from, to, keyTo }: KeyPlace): DocumentSymbol => ({
    name: name === '' ? '""' : name,
    detail: value,
    kind: SymbolKind.Property,
    range: { start: document.positionAt(from), end: document.positionAt(to) },
    selectionRange: { start: document.positionAt(from), end: document.positionAt(keyTo) },
  });
  return sectionsOf(document.getText()).flatMap(({ title, from, to, keys }) => {
    if (title === undefined) return keys.map(symbol);
    const range = { start: document.positionAt(from), end: document.positionAt(to) };
    const children = keys.map(symbol);
    return [{ name: title, kind: SymbolKind.Namespace, range, selectionRange: { start: range.start, end: range.start }, children }]; // prettier-ignore
  });
}

function entrySymbols(document: TextDocument): DocumentSymbol[] {
  return infoEntries(document.getText()).map(({ name, key, from, to, fields }) => {
    const file = fields.find((field) => field.name === 'file_name' || field.name.endsWith('_url'));
    return {
      name: name === '' ? '""' : name,
      detail: file?.value.text ?? '',
      kind: SymbolKind.Object,
      range: { start: document.positionAt(from), end: document.positionAt(to) },
      selectionRange: { start: document.positionAt(key.from), end: document.positionAt(key.to) },
    };
  });
}

/** Edits for the lines between the first and the last that differ: carets elsewhere stay where they are. */
function lineEdits(document: TextDocument, formatted: string): TextEdit[] {
  const text = document.getText();
  if (formatted === text) return [];
  let from = 0;
  while (from < text.length && from < formatted.length && text[from] === formatted[from]) from += 1;
  let tail = 0;
  const most = Math.min(text.length, formatted.length) - from;
  while (tail < most && text.at(-1 - tail) === formatted.at(-1 - tail)) tail += 1;
  const range = { start: document.positionAt(from), end: document.positionAt(text.length - tail) };
  return [{ range, newText: formatted.slice(from, formatted.length - tail) }];
}
