// Lenses over the first key of a recipe and over each entry of dataset_info.json; hints at the ends of lines.
import { InlayHintKind, MarkupKind, type CodeLens, type Command, type InlayHint } from 'vscode-languageserver/node';
import * as l10n from '@vscode/l10n';
import { hintsOf, type CostFigures } from '../../daemon/recipe/assist/hints.ts';
import { bytesText } from '../../daemon/recipe/assist/numbers.ts';
import { infoEntries } from '../../daemon/recipe/assist/info-targets.ts';
import { sectionsOf } from '../../daemon/recipe/assist/structure.ts';
import { commands, type LensTarget } from '../protocol.ts';
import type { Session } from '../session.ts';

export function answerLenses(session: Session): void {
  const { connection, documents } = session;
  connection.onCodeLens(({ textDocument }): CodeLens[] | null => {
    const document = documents.get(textDocument.uri);
    const kind = document && session.kindOf(document);
    if (!document || (kind !== 'recipe' && kind !== 'dataset-info')) return null;
    const at = (offset: number): CodeLens['range'] => ({ start: document.positionAt(offset), end: document.positionAt(offset) }); // prettier-ignore
    const folder = session.baseFolder(document);
    const lens = (offset: number, title: string, command: string, more: Partial<LensTarget> = {}): CodeLens => {
      const target: LensTarget = { uri: document.uri, folder, ...more };
      return { range: at(offset), command: { title, command, arguments: [target] } satisfies Command };
    };
    if (kind === 'dataset-info') {
      return infoEntries(document.getText()).map(({ name, from }) => lens(from, l10n.t('⌕ Preview data'), commands.previewData, { dataset: name })); // prettier-ignore
    }
    const first = sectionsOf(document.getText()).flatMap(({ keys }) => keys)[0]?.from ?? 0;
    // recipes of other commands have no verb here yet that a lens could call
    if (session.viewOf(document).command !== 'train') return [];
    return [lens(first, l10n.t('▷ Run'), commands.run), lens(first, l10n.t('⌕ Preview data'), commands.previewData), lens(first, estimateTitle(session.figuresOf(document).cost), commands.estimate)]; // prettier-ignore
  });
  connection.languages.inlayHint.on(({ textDocument, range }): InlayHint[] | null => {
    const document = documents.get(textDocument.uri);
    if (!document || session.kindOf(document) !== 'recipe') return null;
    const view = session.viewOf(document);
    const hints = hintsOf(view, session.surroundingsOf(document), session.figuresOf(document));
    return hints.flatMap(({ at, text, more }) => {
      const position = document.positionAt(at);
      if (position.line < range.start.line || position.line > range.end.line) return [];
      const tooltip = more === undefined ? {} : { tooltip: { kind: MarkupKind.Markdown, value: more } };
      return [{ position, label: text, paddingLeft: true, kind: InlayHintKind.Type, ...tooltip }];
    });
  });
}

/** What a run needs, once that is known. */
function estimateTitle(cost: CostFigures | undefined): string {
  if (cost?.peakBytes === undefined || cost.freeBytes === undefined) return l10n.t('≈ Estimate');
  const size = bytesText(cost.peakBytes);
  return cost.peakBytes < cost.freeBytes ? l10n.t('≈ {0}, fits', size) : l10n.t('≈ {0}, does not fit', size);
}
