// What a run of a recipe will take: reckoned by the daemon, in a document of its own that can be read and kept.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { DocumentTarget } from '../contributions/protocol.ts';
import { bytesText, durationText } from '../tracking/text.ts';
import type { Services } from '../services.ts';
import { withFolders } from './folders.ts';
import { recipeOf } from './recipe-target.ts';

export async function estimate(services: Services, target: DocumentTarget | undefined): Promise<void> {
  const recipe = await recipeOf(services, target);
  if (!recipe) return;
  const name = vscode.workspace.asRelativePath(recipe.uri);
  const body = { recipeFile: recipe.uri.fsPath, workingDirectory: recipe.folder };
  const title = l10n.t('Estimating {0}…', name);
  const estimated = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, () =>
    withFolders(services, () => services.daemon.call('estimate', { body })),
  );
  const { memory, disk, steps, epochs, tokens, seconds, tokensPerSecond } = estimated;
  const fits = memory.fits
    ? l10n.t('It fits: {0} of {1} of memory.', bytesText(memory.total), bytesText(memory.machine))
    : l10n.t(
        'It does not fit: {0} of memory, the machine has {1}.',
        bytesText(memory.total),
        bytesText(memory.machine),
      );
  const time = l10n.t('{0} to {1}', durationText(seconds.low), durationText(seconds.high));
  const summary = l10n.t('{0} Time: {1}. Disk: {2}.', fits, time, bytesText(disk.kept + disk.result));
  const more = l10n.t('Show All');
  if ((await vscode.window.showInformationMessage(summary, more)) !== more) return;
  const rows: readonly (readonly [string, string])[] = [
    [l10n.t('Weights in all, and trained'), `${estimated.parameters.toLocaleString('en')}, ${estimated.trainable.toLocaleString('en')}`],
    [l10n.t('Memory: weights'), bytesText(memory.weights)],
    [l10n.t('Memory: gradients'), bytesText(memory.gradients)],
    [l10n.t('Memory: optimizer'), bytesText(memory.optimizer)],
    [l10n.t('Memory: activations'), bytesText(memory.activations)],
    [l10n.t('Memory: logits'), bytesText(memory.logits)],
    [l10n.t('Memory: program'), bytesText(memory.program)],
    [l10n.t('Memory in all'), l10n.t('{0} ({1} to {2})', bytesText(memory.total), bytesText(memory.range.low), bytesText(memory.range.high))],
    [l10n.t('Steps, and epochs'), `${steps.toLocaleString('en')}, ${epochs}`],
    [l10n.t('Rows a step'), String(estimated.rowsPerStep)],
    [l10n.t('Tokens an epoch, and in all'), `${tokens.perEpoch.toLocaleString('en')}, ${tokens.total.toLocaleString('en')}`],
    [l10n.t('Tokens that are trained'), `${(100 * tokens.trainedShare).toFixed(1)}%`],
    [l10n.t('Tokens a second'), `${tokensPerSecond.low.toFixed(0)} – ${tokensPerSecond.high.toFixed(0)}`],
    [l10n.t('Time'), time],
    [l10n.t('Disk: a checkpoint, all that are kept, the result'), [disk.checkpoint, disk.kept, disk.result].map(bytesText).join(', ')],
  ]; // prettier-ignore
  const origin = estimated.calibrated ? l10n.t('Corrected by earlier runs on this machine.') : l10n.t('Nothing like it has run on this machine yet: times may be off by half.'); // prettier-ignore
  const content = [
    `# ${name}`,
    '',
    fits,
    '',
    ...rows.map(([what, value]) => `- ${what}: ${value}`),
    '',
    origin,
    '',
  ].join('\n');
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'markdown', content }), { preview: true }); // prettier-ignore
}
