// The words and signs for what a run is, and what can be done with it then.
import * as l10n from '@vscode/l10n';
import type { RunFailure, RunState, RunSummary } from '../../daemon/runs/protocol.ts';

/** States as words. */
export function nameOf(state: RunState): string {
  switch (state) {
    case 'queued':
      return l10n.t('queued');
    case 'running':
      return l10n.t('running');
    case 'stopping':
      return l10n.t('stopping');
    case 'done':
      return l10n.t('done');
    case 'stopped':
      return l10n.t('stopped');
    case 'failed':
      return l10n.t('failed');
  }
}

/** Codicons. */
export const iconOf: Readonly<Record<RunState, string>> = {
  queued: 'clock',
  running: 'play-circle',
  stopping: 'stop-circle',
  done: 'pass-filled',
  stopped: 'circle-slash',
  failed: 'error',
};

export const isActive = (state: RunState): boolean => state === 'running' || state === 'stopping';

/** Whether the run can go on: its own runs only, and not once they are done. */
export const canResume = ({ state, source }: Pick<RunSummary, 'state' | 'source'>): boolean =>
  source === 'anneal' && (state === 'stopped' || state === 'failed');

/** Why a run failed, in a few words. */
export function titleOf(kind: RunFailure['kind']): string {
  switch (kind) {
    case 'out-of-memory':
      return l10n.t('Out of memory');
    case 'killed':
      return l10n.t('Killed from outside');
    case 'machine-restarted':
      return l10n.t('The machine was restarted');
    case 'disk-full':
      return l10n.t('The disk is full');
    case 'not-finite':
      return l10n.t('The loss is no longer a number');
    case 'bad-recipe':
      return l10n.t('The recipe cannot run');
    case 'bad-data':
      return l10n.t('The data cannot be used');
    case 'engine-bug':
      return l10n.t('A bug in Anneal');
    case 'lost':
      return l10n.t('Ended without a word');
  }
}

/** What helps next: shown as buttons beside the failure's sentence. */
export function nextSteps(kind: RunFailure['kind']): readonly ('resume' | 'openRecipe' | 'previewData' | 'clone' | 'copyDiagnostics' | 'openOutput')[] {
  switch (kind) {
    case 'out-of-memory':
    case 'not-finite':
      return ['clone', 'resume'];
    case 'killed':
    case 'machine-restarted':
    case 'lost':
      return ['resume'];
    case 'disk-full':
      return ['openOutput', 'resume'];
    case 'bad-recipe':
      return ['openRecipe'];
    case 'bad-data':
      return ['previewData'];
    case 'engine-bug':
      return ['copyDiagnostics', 'resume'];
  }
} // prettier-ignore
