// Pull diagnostics: findings are made when the editor asks, from the text as it stands, so none is ever stale.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import {
  DocumentDiagnosticReportKind,
  type Diagnostic,
  type FullDocumentDiagnosticReport,
  type UnchangedDocumentDiagnosticReport,
  type WorkspaceDocumentDiagnosticReport,
} from 'vscode-languageserver/node';
import { checkRecipe } from '../../daemon/recipe/check.ts';
import { kindOf, pathOf, type Session } from '../session.ts';
import { toDiagnostic } from '../translate.ts';

type Report = FullDocumentDiagnosticReport | UnchangedDocumentDiagnosticReport;

export function answerDiagnostics(session: Session): void {
  const { connection, documents } = session;
  connection.languages.diagnostics.on(({ textDocument, previousResultId }): Report => {
    const document = documents.get(textDocument.uri);
    if (!document) return report([], undefined);
    return report(findDiagnostics(document.uri, session.kindOf(document), document.getText()), previousResultId);
  });
  connection.languages.diagnostics.onWorkspace(async ({ previousResultIds }, token) => {
    await session.places.settled();
    const known = new Map(previousResultIds.map(({ uri, value }) => [uri, value]));
    const items: WorkspaceDocumentDiagnosticReport[] = [];
    for (const path of session.places.yamlFiles) {
      if (token.isCancellationRequested) break;
      const uri = pathToFileURL(path).href;
      const open = documents.get(uri);
      const text = open?.getText() ?? (await readFile(path, 'utf8').catch(() => undefined));
      if (text === undefined) continue;
      const kind = kindOf(uri, 'yaml', text);
      const previous = known.get(uri);
      known.delete(uri);
      if (kind !== 'recipe' && previous === undefined) continue;
      items.push({ ...report(findDiagnostics(uri, kind, text), previous), uri, version: open?.version ?? null });
    }
    // files that are gone keep no findings
    for (const uri of known.keys()) items.push({ ...report([], undefined), uri, version: null });
    return { items };
  });
}

function findDiagnostics(uri: string, kind: ReturnType<typeof kindOf>, text: string): Diagnostic[] {
  if (kind !== 'recipe') return [];
  return checkRecipe(text, pathOf(uri) ?? uri).findings.map((finding) => toDiagnostic(finding, text));
}

/** The whole list, or "unchanged" where the editor has it already. */
function report(items: Diagnostic[], previousResultId: string | undefined): Report {
  const resultId = createHash('sha256').update(JSON.stringify(items)).digest('base64url').slice(0, 16);
  if (resultId === previousResultId) return { kind: DocumentDiagnosticReportKind.Unchanged, resultId };
  return { kind: DocumentDiagnosticReportKind.Full, resultId, items };
}
