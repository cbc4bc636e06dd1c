// Hover: what stands under the mouse, in Markdown.
import { MarkupKind, type Hover } from 'vscode-languageserver/node';
import { hoverInfo } from '../../daemon/recipe/assist/info-hover.ts';
import { hoverRecipe } from '../../daemon/recipe/assist/hover.ts';
import { prepare } from '../prepare.ts';
import type { Session } from '../session.ts';

export function answerHover(session: Session): void {
  session.connection.onHover(async ({ textDocument, position }): Promise<Hover | null> => {
    const document = session.documents.get(textDocument.uri);
    if (!document) return null;
    const offset = document.offsetAt(position);
    const kind = session.kindOf(document);
    await prepare(session, document, offset);
    const hover =
      kind === 'recipe' || kind === 'draft'
        ? hoverRecipe(session.viewOf(document), offset, session.surroundingsOf(document))
        : kind === 'dataset-info'
          ? hoverInfo(document.getText(), offset, session.surroundingsOf(document))
          : undefined;
    if (!hover) return null;
    const range = { start: document.positionAt(hover.from), end: document.positionAt(hover.to) };
    return { contents: { kind: MarkupKind.Markdown, value: hover.text }, range };
  });
}
