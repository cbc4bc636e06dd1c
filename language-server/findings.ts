// All findings of a document, whatever it is, from the rooms that make them.
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { checkRecipe } from '../daemon/recipe/check.ts';
import type { Finding } from '../daemon/recipe/finding.ts';
import { pathOf, type Session } from './session.ts';

export async function findingsIn(session: Session, document: TextDocument): Promise<readonly Finding[]> {
  if (session.kindOf(document) !== 'recipe') return [];
  return checkRecipe(document.getText(), pathOf(document.uri) ?? document.uri).findings;
}
