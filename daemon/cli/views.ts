// What a run looks like: a progress line on a terminal, plain lines in a pipe.
import type { RunEvent, StepEvent } from '../protocol.ts';

export interface View {
  show(event: RunEvent): void;
  close(): void;
}

const number = (value: number, digits = 4): string =>
  Math.abs(value) >= 1e-3 || value === 0 ? value.toFixed(digits) : value.toExponential(2);

/** 75 → 1:15. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  return hours > 0
    ? `${hours}:${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`
    : `${Math.floor(whole / 60)}:${two(whole % 60)}`;
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

const millions = (count: number): string =>
  count >= 1e6 ? `${(count / 1e6).toFixed(1)}M` : count.toLocaleString('en');

const stepLine = (event: StepEvent): string =>
  `step ${event.step}/${event.totalSteps}  loss ${number(event.loss)}  grad ${number(event.gradNorm, 3)}  lr ${event.learningRate.toExponential(2)}  ${event.tokensPerSecond.toFixed(0)} tokens/s  ${duration(event.remainingSeconds)} left  ${gigabytes(event.memory)}`;

/** What an event is as a line; undefined for steps and phases, which the views treat differently. */
function eventLine(event: RunEvent): string | undefined {
  switch (event.type) {
    case 'start':
      return `${event.stage} ${event.finetuningType} on ${event.device} (${event.precision}): ${event.examples} examples, ${event.totalSteps} steps of ${event.totalBatchSize}, ${millions(event.trainableParameters)} of ${millions(event.parameters)} parameters trained${event.startStep > 0 ? `, going on from step ${event.startStep}` : ''}`;
    case 'eval':
      return `evaluation at step ${event.step}: ${Object.entries(event.metrics).map(([name, value]) => `${name} ${number(value)}`).join('  ')}`; // prettier-ignore
    case 'metrics':
      return `step ${event.step}/${event.totalSteps}  ${Object.entries(event.metrics).map(([name, value]) => `${name} ${number(value)}`).join('  ')}`; // prettier-ignore
    case 'checkpoint':
      return `checkpoint ${event.path}${event.best ? ' (best so far)' : ''}`;
    case 'sample':
      return `[step ${event.step}] ${event.prompt}\n  → ${event.text.trim().replaceAll('\n', '\n    ')}`;
    case 'warning':
      return `warning: ${event.message}`;
    case 'end':
      return event.state === 'done' && event.metrics['train_loss'] !== undefined
        ? `done: ${event.step} steps, mean loss ${number(event.metrics['train_loss'])}, ${duration(event.metrics['train_runtime'] ?? 0)}`
        : undefined;
    case 'step':
    case 'phase':
      return undefined;
  }
}

/** One line an event. */
export class LineView implements View {
  readonly #print: (line: string) => void;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  show(event: RunEvent): void {
    const line =
      event.type === 'step'
        ? stepLine(event)
        : event.type === 'phase' && event.done === undefined
          ? event.message
          : eventLine(event);
    if (line !== undefined) this.#print(line);
  }

  close(): void {}
}

/** A bar that stays at the bottom, lines above it. */
export class TerminalView implements View {
  readonly #out: NodeJS.WriteStream;
  #bar = '';

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  show(event: RunEvent): void {
    if (event.type === 'phase') this.#draw(event.message);
    else if (event.type === 'step') this.#draw(this.#progress(event));
    else {
      const line = eventLine(event);
      if (line === undefined) return;
      const bar = this.#bar;
      this.#draw('');
      this.#out.write(`${line}\n`);
      this.#draw(event.type === 'end' ? '' : bar);
    }
  }

  close(): void {
    if (this.#bar !== '') this.#out.write('\n');
    this.#bar = '';
  }

  #progress(event: StepEvent): string {
    const width = 20;
    const filled = Math.round((event.step / event.totalSteps) * width);
    const bar = '█'.repeat(filled) + '░'.repeat(width - filled);
    return `${bar} ${event.step}/${event.totalSteps}  loss ${number(event.loss)}  lr ${event.learningRate.toExponential(2)}  ${event.tokensPerSecond.toFixed(0)} tokens/s  ${duration(event.remainingSeconds)} left  ${gigabytes(event.memory)}`;
  }

  #draw(text: string): void {
    const columns = this.#out.columns || 80;
    this.#bar = text;
    this.#out.write(`\r\u001b[2K${text.length >= columns ? `${text.slice(0, columns - 2)}…` : text}`);
  }
}
