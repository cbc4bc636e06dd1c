// Completion: the list without documentation, and the documentation of the one that is looked at.
import { MarkupKind, type CompletionItem, type CompletionList } from 'vscode-languageserver/node';
import { completeRecipe } from '../../daemon/recipe/assist/completion.ts';
import { completeInfo } from '../../daemon/recipe/assist/info-completion.ts';
import type { Suggestion } from '../../daemon/recipe/assist/suggestion.ts';
import { prepare } from '../prepare.ts';
import type { Session } from '../session.ts';
import { toItem } from '../translate.ts';

export function answerCompletion(session: Session): void {
  // documentation of the last list by its place in it
  let last: readonly Suggestion[] = [];
  session.connection.onCompletion(async ({ textDocument, position }, token): Promise<CompletionList | null> => {
    await session.places.settled();
    const document = session.documents.get(textDocument.uri);
    if (!document || token.isCancellationRequested) return null;
    const kind = session.kindOf(document);
    if (kind === 'other' || kind === 'rows') return null;
    const offset = document.offsetAt(position);
    await prepare(session, document, offset);
    if (token.isCancellationRequested) return null;
    const surroundings = session.surroundingsOf(document);
    last =
      kind === 'dataset-info'
        ? completeInfo(document.getText(), offset, surroundings)
        : completeRecipe(session.viewOf(document), offset, surroundings);
    const items = last.map((suggestion, index) => ({
      ...toItem(suggestion, index, document, session.client),
      data: index,
    }));
    return { isIncomplete: false, items };
  });
  session.connection.onCompletionResolve((item): CompletionItem => {
    const found = typeof item.data === 'number' ? last[item.data] : undefined;
    if (found?.label !== item.label || found.documentation === undefined) return item;
    return { ...item, documentation: { kind: MarkupKind.Markdown, value: found.documentation } };
  });
}
