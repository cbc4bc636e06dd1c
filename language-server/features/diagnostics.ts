// Pull diagnostics: findings are made when the editor asks, from the text as it stands, so none is ever stale.
import { createHash } from 'node:crypto';
import {
  DocumentDiagnosticReportKind,
  LSPErrorCodes,
  ResponseError,
  type Diagnostic,
  type FullDocumentDiagnosticReport,
  type UnchangedDocumentDiagnosticReport,
  type WorkspaceDocumentDiagnosticReport,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { allDocuments } from '../library.ts';
import type { Session } from '../session.ts';
import { toDiagnostic } from '../translate.ts';

type Report = FullDocumentDiagnosticReport | UnchangedDocumentDiagnosticReport;

export function answerDiagnostics(session: Session): void {
  const { connection, documents } = session;
  const diagnose = async (document: TextDocument): Promise<Diagnostic[]> => {
    const findings = await session.findingsOf(document);
    return findings.map((finding) => toDiagnostic(finding, document.getText()));
  };
  connection.languages.diagnostics.on(async ({ textDocument, previousResultId }, token): Promise<Report> => {
    const document = documents.get(textDocument.uri);
    if (!document) return report([], undefined);
    const { version } = document;
    const items = await diagnose(document);
    // the text went on while its rows were read: the editor asks again
    if (token.isCancellationRequested || document.version !== version)
      throw new ResponseError(LSPErrorCodes.ServerCancelled, '', { retriggerRequest: true });
    return report(items, previousResultId);
  });
  connection.languages.diagnostics.onWorkspace(async ({ previousResultIds }, token) => {
    const known = new Map(previousResultIds.map(({ uri, value }) => [uri, value]));
    const items: WorkspaceDocumentDiagnosticReport[] = [];
    for await (const { document, isOpen } of allDocuments(session, ['recipe', 'dataset-info'])) {
      if (token.isCancellationRequested) throw new ResponseError(LSPErrorCodes.RequestCancelled, '');
      const { uri } = document;
      items.push({
        ...report(await diagnose(document), known.get(uri)),
        uri,
        version: isOpen ? document.version : null,
      });
      known.delete(uri);
    }
    // files that are gone, or are no recipes any more, keep no findings
    for (const uri of known.keys()) items.push({ ...report([], undefined), uri, version: null });
    return { items };
  });
}

/** The whole list, or "unchanged" where the editor has it already. */
function report(items: Diagnostic[], previousResultId: string | undefined): Report {
  const resultId = createHash('sha256').update(JSON.stringify(items)).digest('base64url').slice(0, 16);
  if (resultId === previousResultId) return { kind: DocumentDiagnosticReportKind.Unchanged, resultId };
  return { kind: DocumentDiagnosticReportKind.Full, resultId, items };
}
