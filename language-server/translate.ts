// Between the words of recipe/ and those of the protocol: ranges, findings, suggestions.
import {
  CompletionItemKind,
  CompletionItemTag,
  DiagnosticSeverity,
  DiagnosticTag,
  InsertTextFormat,
  type CompletionItem,
  type Diagnostic,
  type Range,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Suggestion } from '../daemon/recipe/assist/suggestion.ts';
import type { Finding, Range as FindingRange, Severity } from '../daemon/recipe/finding.ts';
import type { Client } from './client.ts';

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** A finding's lines and columns count from 1, and a byte order mark is no column. */
export function toRange({ line, column, endLine, endColumn }: FindingRange, text: string): Range {
  const shift = (at: number): number => (at === 1 && text.startsWith('\uFEFF') ? 1 : 0);
  return {
    start: { line: line - 1, character: column - 1 + shift(line) },
    end: { line: endLine - 1, character: endColumn - 1 + shift(endLine) },
  };
}

export const toDiagnostic = (finding: Finding, text: string): Diagnostic => ({
  range: toRange(finding, text),
  severity: severities[finding.severity],
  code: finding.code,
  source: 'anneal',
  message: finding.message,
  ...tagsOf(finding.code),
});

/** Keys that do nothing are faded, old ones struck out. */
function tagsOf(code: string): Pick<Diagnostic, 'tags'> {
  if (code === 'no-effect-key' || code === 'duplicate-dataset') return { tags: [DiagnosticTag.Unnecessary] };
  return code === 'deprecated-key' || code === 'renamed-key' ? { tags: [DiagnosticTag.Deprecated] } : {};
}

const kinds: Readonly<Record<Suggestion['kind'], CompletionItemKind>> = {
  key: CompletionItemKind.Property,
  value: CompletionItemKind.Value,
  dataset: CompletionItemKind.Reference,
  template: CompletionItemKind.EnumMember,
  model: CompletionItemKind.Module,
  folder: CompletionItemKind.Folder,
  file: CompletionItemKind.File,
  module: CompletionItemKind.Field,
  recipe: CompletionItemKind.Snippet,
  column: CompletionItemKind.Field,
};

/** Suggestions in the order in which they came. Documentation is left for the request that resolves one. */
export function toItem(suggestion: Suggestion, index: number, document: TextDocument, client: Client): CompletionItem {
  const { label, kind, description, insert, snippet, from, to, filter, asksAgain, deprecated } = suggestion;
  const usesSnippet = client.knowsSnippets && snippet !== undefined;
  return {
    label,
    kind: kinds[kind],
    sortText: String(index).padStart(4, '0'),
    textEdit: {
      range: { start: document.positionAt(from), end: document.positionAt(to) },
      newText: usesSnippet ? snippet : insert,
    },
    ...(description ? { labelDetails: { description } } : {}),
    ...(filter !== undefined && filter !== label ? { filterText: filter } : {}),
    ...(usesSnippet ? { insertTextFormat: InsertTextFormat.Snippet } : {}),
    ...(deprecated ? { tags: [CompletionItemTag.Deprecated] } : {}),
    ...(asksAgain && client.asksAgain ? { command: { title: '', command: 'editor.action.triggerSuggest' } } : {}),
  };
}
