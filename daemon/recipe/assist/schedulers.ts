// Options that lr_scheduler_kwargs takes for each schedule (transformers' optimization.py).
import * as l10n from '@vscode/l10n';

export interface SchedulerOption {
  readonly name: string;
  /** A value to start from. */
  readonly value: string;
  readonly doc: string;
}

export function schedulerOptions(schedule: string): readonly SchedulerOption[] {
  const option = (name: string, value: string, doc: string): SchedulerOption => ({ name, value, doc });
  const cycles = (value: string): SchedulerOption => option('num_cycles', value, l10n.t('Waves of the cosine.'));
  const lowest = [
    option('min_lr', '1.0e-6', l10n.t('Learning rate at the end.')),
    option('min_lr_rate', '0.1', l10n.t('Learning rate at the end, as a share of the highest.')),
  ];
  switch (schedule) {
    case 'cosine':
      return [cycles('0.5')];
    case 'cosine_with_restarts':
      return [cycles('1')];
    case 'cosine_with_min_lr':
      return [...lowest, cycles('0.5')];
    case 'cosine_warmup_with_min_lr':
      return [...lowest, cycles('0.5'), option('warmup_lr_rate', '0.1', l10n.t('Learning rate at the start of the warm-up, as a share of the highest.'))]; // prettier-ignore
    case 'polynomial':
      return [
        option('lr_end', '1.0e-7', l10n.t('Learning rate at the end.')),
        option('power', '1.0', l10n.t('Exponent of the polynomial; 1 is a straight line.')),
      ];
    case 'inverse_sqrt':
      return [
        option('timescale', '10000', l10n.t('Steps after which the rate has fallen to its inverse square root.')),
      ];
    case 'reduce_lr_on_plateau':
      return [
        option('factor', '0.1', l10n.t('What the rate is multiplied by at a plateau.')),
        option('patience', '10', l10n.t('Evaluations without improvement before the rate is lowered.')),
      ];
    case 'warmup_stable_decay':
      return [
        option('num_decay_steps', '100', l10n.t('Steps over which the rate falls at the end.')),
        option('num_stable_steps', '1000', l10n.t('Steps at the highest rate.')),
        option('min_lr_ratio', '0.0', l10n.t('Learning rate at the end, as a share of the highest.')),
      ];
    default:
      return [];
  }
}
