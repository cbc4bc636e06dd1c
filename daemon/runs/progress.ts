// How far a run is: its events folded into a few numbers.
import type { RecordedEvent } from '../protocol.ts';
import type { RunProgress } from './protocol.ts';

/** Progress after one more event. */
export function advance(progress: RunProgress, { seq, event }: RecordedEvent): RunProgress {
  switch (event.type) {
    case 'phase':
      return { ...progress, seq, phase: event.message };
    case 'start':
      return {
        ...progress,
        seq,
        phase: '',
        step: event.startStep,
        totalSteps: event.totalSteps,
        epochs: event.epochs,
        remainingSeconds: null,
        tokensPerSecond: null,
      };
    case 'step':
      return {
        ...progress,
        seq,
        phase: '',
        step: event.step,
        totalSteps: event.totalSteps,
        epoch: event.epoch,
        loss: event.loss,
        learningRate: event.learningRate,
        tokensPerSecond: event.tokensPerSecond,
        totalTokens: event.totalTokens,
        remainingSeconds: event.remainingSeconds,
        peakMemory: event.peakMemory,
      };
    case 'metrics':
      return {
        ...progress,
        seq,
        step: event.step,
        totalSteps: event.totalSteps,
        epoch: event.epoch,
        loss: event.metrics['loss'] ?? progress.loss,
        learningRate: event.metrics['learningRate'] ?? progress.learningRate,
        totalTokens: event.metrics['totalTokens'] ?? progress.totalTokens,
      };
    case 'eval':
      return { ...progress, seq, scores: { ...progress.scores, ...event.metrics } };
    case 'checkpoint':
      return { ...progress, seq, bestCheckpoint: event.best ? event.step : progress.bestCheckpoint };
    case 'warning':
      return { ...progress, seq, warnings: progress.warnings + 1 };
    case 'sample':
      return { ...progress, seq };
    case 'end':
      return {
        ...progress,
        seq,
        phase: '',
        // a worker that stopped before it began says 0
        step: Math.max(progress.step, event.step),
        totals: event.metrics,
        remainingSeconds: null,
        tokensPerSecond: null,
      };
  }
}
