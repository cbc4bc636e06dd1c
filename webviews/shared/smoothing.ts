// How much the loss curve is smoothed.
import * as l10n from '@vscode/l10n';
import { element, setText } from './dom.ts';

/** `change` is called with a value from 0 (as measured) to 0.99 while the slider moves. */
export function smoothingControl(value: number, change: (value: number) => void): HTMLElement {
  const shown = element('output', { class: 'num' }, value.toFixed(2));
  const slider = element('input', {
    type: 'range',
    min: 0,
    max: 0.99,
    step: 0.01,
    value,
    'aria-label': l10n.t('Smoothing'),
    oninput: () => {
      setText(shown, Number(slider.value).toFixed(2));
      change(Number(slider.value));
    },
  });
  return element('label', { class: 'smoothing dim' }, l10n.t('smoothing'), slider, shown);
}
