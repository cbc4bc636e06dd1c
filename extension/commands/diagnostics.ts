// What somebody needs to know who reads a bug report: versions, the daemon, the language server, runs. No paths of data, no tokens.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import type { Services } from '../services.ts';

export async function copyDiagnostics({ context, daemon, languageSide, runs }: Services): Promise<void> {
  const { version } = context.extension.packageJSON as { version: string };
  const devices =
    daemon.state === 'connected' ? await daemon.call('devices', {}, { start: false }).catch(String) : undefined;
  const report = {
    anneal: version,
    editor: `${vscode.env.appName} ${vscode.version}, ${vscode.env.remoteName ?? 'local'}, ${vscode.env.uiKind === vscode.UIKind.Web ? 'web' : 'desktop'}`,
    node: process.versions.node,
    system: `${platform()} ${release()} ${arch()}`,
    processor: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`,
    memory: `${(totalmem() / 1e9).toFixed(1)} GB`,
    trusted: vscode.workspace.isTrusted,
    daemon: { state: daemon.state, ...daemon.lease, capabilities: daemon.capabilities },
    devices,
    languageServer: languageSide.isStarted ? 'started' : 'not started',
    runs: runs.all.slice(0, 10).map(({ id, state, stage, finetuningType, device, progress, failure }) => ({ id, state, stage, finetuningType, device, step: progress.step, totalSteps: progress.totalSteps, failure: failure && { kind: failure.kind, code: failure.code, message: failure.message } })),
  }; // prettier-ignore
  await vscode.env.clipboard.writeText(JSON.stringify(report, null, 2));
  void vscode.window.showInformationMessage(l10n.t('The diagnostics were copied: paste them into the bug report.'));
}
