// What every part of the extension is handed: VS Code's context, the log, the language, the daemon, runs, panels, the language server.
import type * as vscode from 'vscode';
import type { DaemonConnection } from './daemon/connection.ts';
import type { LanguageSide } from './language/side.ts';
import type { Panels } from './panels/panels.ts';
import type { RunList } from './tracking/run-list.ts';
import type { ModelsView } from './views/models-view.ts';

export interface Services {
  readonly context: vscode.ExtensionContext;
  /** The extension's own output channel, "Anneal". */
  readonly log: vscode.LogOutputChannel;
  /** 'en' or 'zh-cn'. */
  readonly language: string;
  /** English → translation; empty for English. Views get them with their first message. */
  readonly sentences: Readonly<Record<string, string>>;
  readonly daemon: DaemonConnection;
  /** All runs as they are now, as long as a daemon lives. */
  readonly runs: RunList;
  readonly panels: Panels;
  readonly languageSide: LanguageSide;
  readonly models: Pick<ModelsView, 'refresh'>;
  /** Logs an error and tells the person: its sentence, and a button for its next step. Never throws. */
  report(error: unknown): void;
}
