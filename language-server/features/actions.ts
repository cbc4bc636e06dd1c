// Code actions: the fix of every finding that has one, and all certain fixes at once.
import {
  CodeActionKind,
  type CodeAction,
  type CreateFile,
  type Diagnostic,
  type TextDocumentEdit,
  type TextEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver/node';
import { pathToFileURL } from 'node:url';
import { isAbsolute, join } from 'node:path';
import * as l10n from '@vscode/l10n';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { editsOf, type Edit, type Finding, type Fix } from '../../daemon/recipe/finding.ts';
import { missingEntryFixes } from '../missing-entry.ts';
import { pathOf, type Session } from '../session.ts';
import { toDiagnostic, toRange } from '../translate.ts';

export const fixAllKind = `${CodeActionKind.SourceFixAll}.anneal`;

export function answerActions(session: Session): void {
  session.connection.onCodeAction(async ({ textDocument, range, context }): Promise<CodeAction[] | null> => {
    const document = session.documents.get(textDocument.uri);
    if (!document) return null;
    const findings = await session.findingsOf(document);
    const wanted = (kind: string): boolean => context.only === undefined || context.only.some((only) => kind === only || kind.startsWith(`${only}.`)); // prettier-ignore
    const actions: CodeAction[] = [];
    if (wanted(CodeActionKind.QuickFix)) {
      for (const finding of findings) {
        const diagnostic = toDiagnostic(finding, document.getText());
        if (!touches(diagnostic, range)) continue;
        const more = await missingEntryFixes(session, document, finding);
        actions.push(...quickFixes(session, document, finding, more, diagnostic));
      }
    }
    if (wanted(fixAllKind)) actions.push(...fixAll(session, document, findings));
    return actions;
  });
}

const touches = ({ range: a }: Diagnostic, b: Diagnostic['range']): boolean =>
  !(before(a.end, b.start) || before(b.end, a.start));

const before = (a: Diagnostic['range']['start'], b: Diagnostic['range']['start']): boolean =>
  a.line < b.line || (a.line === b.line && a.character < b.character);

function quickFixes(
  session: Session,
  document: TextDocument,
  finding: Finding,
  more: readonly Fix[],
  diagnostic: Diagnostic,
): CodeAction[] {
  const fixes = [...(finding.fix ? [finding.fix] : []), ...more, ...(finding.otherFixes ?? [])];
  return fixes.map((fix) => ({
    title: fix.title,
    kind: CodeActionKind.QuickFix,
    diagnostics: [diagnostic],
    isPreferred: fix === fixes[0],
    edit: workspaceEdit(session, document, editsOf(finding, fix)),
  }));
}

/** Every fix that is certain; of two that touch the same place the first. */
function fixAll(session: Session, document: TextDocument, findings: readonly Finding[]): CodeAction[] {
  const chosen: Edit[] = [];
  for (const finding of findings) {
    const { fix } = finding;
    if (!fix?.safe) continue;
    const edits = editsOf(finding, fix);
    if (edits.some((edit) => edit.file !== undefined || chosen.some((other) => overlap(edit, other)))) continue;
    chosen.push(...edits);
  }
  if (chosen.length === 0) return [];
  return [{ title: l10n.t('Fix all that is certain'), kind: fixAllKind, edit: workspaceEdit(session, document, chosen) }]; // prettier-ignore
}

const place = (line: number, column: number): number => line * 1e6 + column;

const overlap = ({ range: a }: Edit, { range: b }: Edit): boolean =>
  place(a.line, a.column) <= place(b.endLine, b.endColumn) && place(b.line, b.column) <= place(a.endLine, a.endColumn);

export function workspaceEdit(session: Session, document: TextDocument, edits: readonly Edit[]): WorkspaceEdit {
  const changes: Record<string, TextEdit[]> = {};
  const created: CreateFile[] = [];
  for (const { range, text, file } of edits) {
    const uri = file === undefined ? document.uri : pathToFileURL(isAbsolute(file) ? file : join(session.baseFolder(document), file)).href; // prettier-ignore
    const source = file === undefined ? document.getText() : (session.disk.text(pathOf(uri) ?? '') ?? '');
    if (file !== undefined && !session.isThere(uri) && changes[uri] === undefined)
      created.push({ kind: 'create', uri });
    (changes[uri] ??= []).push({ range: toRange(range, source), newText: text });
  }
  if (created.length === 0) return { changes };
  const edited = Object.entries(changes).map(([uri, edits]): TextDocumentEdit => ({ textDocument: { uri, version: null }, edits })); // prettier-ignore
  return { documentChanges: [...created, ...edited] };
}
