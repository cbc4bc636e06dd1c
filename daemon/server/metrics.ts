// Runs and resources as Prometheus reads them. Source: Prometheus text exposition format, version 0.0.4.
import { runStates } from '../runs/protocol.ts';
import { isActive } from '../runs/states.ts';
import type { ServerContext } from './context.ts';

/** Inside a label's quotes. */
const escape = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly values: readonly (readonly [labels: Readonly<Record<string, string>>, value: number | null])[];
}

function format({ name, help, values }: Metric): string {
  const lines = values.flatMap(([labels, value]) => {
    if (value === null || !Number.isFinite(value)) return [];
    const inner = Object.entries(labels).map(([key, text]) => `${key}="${escape(text)}"`).join(','); // prettier-ignore
    return [`${name}${inner === '' ? '' : `{${inner}}`} ${value}`];
  });
  return lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('\n')}\n`;
}

export function prometheusText({ runs }: ServerContext): string {
  const records = runs.store.list();
  const active = records.filter(({ state }) => isActive(state)).map((record) => runs.summary(record));
  type Summary = (typeof active)[number];
  const ofRuns = (name: string, help: string, value: (run: Summary) => number | null): Metric => ({
    name: `anneal_run_${name}`,
    help,
    values: active.map((run) => [{ id: run.id, name: run.name }, value(run)]),
  });
  const metrics: Metric[] = [
    {
      name: 'anneal_runs',
      help: 'Runs by state.',
      values: runStates.map((state) => [{ state }, records.filter((record) => record.state === state).length]),
    },
    ofRuns('step', 'Optimizer steps done.', ({ progress }) => progress.step),
    ofRuns('steps', 'Optimizer steps in all.', ({ progress }) => progress.totalSteps),
    ofRuns('loss', 'Loss of the last step.', ({ progress }) => progress.loss),
    ofRuns('learning_rate', 'Learning rate of the last step.', ({ progress }) => progress.learningRate),
    ofRuns('tokens_per_second', 'Tokens a second of the last step.', ({ progress }) => progress.tokensPerSecond),
    ofRuns('tokens', 'Tokens since the run began.', ({ progress }) => progress.totalTokens),
    ofRuns('remaining_seconds', 'Seconds the rest will take.', ({ progress }) => progress.remainingSeconds),
    ofRuns('memory_bytes', 'Resident memory of the worker.', ({ health, progress }) => health?.memory ?? progress.peakMemory), // prettier-ignore
    { name: 'anneal_daemon_memory_bytes', help: 'Resident memory of the daemon.', values: [[{}, process.memoryUsage.rss()]] }, // prettier-ignore
  ];
  return metrics.map(format).join('');
}
