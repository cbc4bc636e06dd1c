// What the editor at the other end can do, as far as it matters here.
import type { ClientCapabilities } from 'vscode-languageserver/node';

export interface Client {
  readonly watchesFiles: boolean;
  readonly refreshesDiagnostics: boolean;
  readonly refreshesHints: boolean;
  readonly refreshesLenses: boolean;
  readonly changesFolders: boolean;
  readonly hasSettings: boolean;
  readonly createsFiles: boolean;
  readonly knowsSnippets: boolean;
  /** Knows the command that opens completion anew. */
  readonly asksAgain: boolean;
}

export const noAbilities: Client = {
  watchesFiles: false,
  refreshesDiagnostics: false,
  refreshesHints: false,
  refreshesLenses: false,
  changesFolders: false,
  hasSettings: false,
  createsFiles: false,
  knowsSnippets: false,
  asksAgain: false,
};

export function abilitiesOf({ workspace, textDocument }: ClientCapabilities, editor = ''): Client {
  return {
    watchesFiles: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    refreshesDiagnostics: workspace?.diagnostics?.refreshSupport === true,
    refreshesHints: workspace?.inlayHint?.refreshSupport === true,
    refreshesLenses: workspace?.codeLens?.refreshSupport === true,
    changesFolders: workspace?.workspaceFolders === true,
    hasSettings: workspace?.configuration === true,
    createsFiles: workspace?.workspaceEdit?.resourceOperations?.includes('create') === true,
    knowsSnippets: textDocument?.completion?.completionItem?.snippetSupport === true,
    asksAgain: /code|codium|cursor|windsurf/i.test(editor),
  };
}
