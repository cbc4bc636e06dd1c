// Semantic tokens: colours for names that are known.
import { SemanticTokensBuilder, SemanticTokenTypes } from 'vscode-languageserver/node';
import { knownWords, type KnownWord } from '../../daemon/recipe/assist/tokens.ts';
import type { Session } from '../session.ts';

const kinds: readonly KnownWord['kind'][] = ['dataset', 'choice'];

export const tokenLegend = {
  tokenTypes: [SemanticTokenTypes.class, SemanticTokenTypes.enumMember],
  tokenModifiers: [],
};

export function answerTokens(session: Session): void {
  session.connection.languages.semanticTokens.on(({ textDocument }) => {
    const builder = new SemanticTokensBuilder();
    const document = session.documents.get(textDocument.uri);
    if (document && session.kindOf(document) === 'recipe') {
      for (const { from, to, kind } of knownWords(session.viewOf(document), session.surroundingsOf(document))) {
        const { line, character } = document.positionAt(from);
        builder.push(line, character, to - from, kinds.indexOf(kind), 0);
      }
    }
    return builder.build();
  });
}
