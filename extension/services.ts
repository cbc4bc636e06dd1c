// What every part of the extension is handed: VS Code's context, the log, the language, the daemon, the panels.
import type * as vscode from 'vscode';
import type { DaemonConnection } from './daemon/connection.ts';
import type { Panels } from './panels/panels.ts';

export interface Services {
  readonly context: vscode.ExtensionContext;
  /** The extension's own output channel, "Anneal". */
  readonly log: vscode.LogOutputChannel;
  /** 'en' or 'zh-cn'. */
  readonly language: string;
  /** English → translation; empty for English. Views get them with their first message. */
  readonly sentences: Readonly<Record<string, string>>;
  readonly daemon: DaemonConnection;
  readonly panels: Panels;
  /** Logs an error and tells the person: its sentence, and a button for its next step. Never throws. */
  report(error: unknown): void;
}
