// Checkpoints, evaluations, answers over time, the recipe as run: what the panel shows in words and tables.
import * as l10n from '@vscode/l10n';
import type { RecipeDifference, RunCheckpoint, RunDetail } from '../../daemon/runs/protocol.ts';
import { button, linkButton } from '../shared/buttons.ts';
import { element, type Child } from '../shared/dom.ts';
import { formatBytes, formatCount, formatDate, formatValue } from '../shared/format.ts';
import { table } from '../shared/tables.ts';
import type { RunCommand, ToRunView } from './protocol.ts';
import { canResume } from './states.ts';

type Scores = Extract<ToRunView, { type: 'scores' }>;
type Send = (command: RunCommand) => void;

export function card(title: string, ...children: readonly Child[]): HTMLElement {
  return element('section', { class: 'card', 'aria-label': title }, element('h2', {}, title), ...children);
}

const empty = (sentence: string): HTMLElement => element('p', { class: 'dim' }, sentence);

/** How long something took and how much of it went through in a second: figures of the machine, not of the model. */
const machine = /_(runtime|per_second)$|^epoch$/;

/** Metrics that say something of the model, the loss first. */
function scoreNames(all: readonly Readonly<Record<string, number>>[]): string[] {
  const names = new Set(all.flatMap((scores) => Object.keys(scores)));
  return [...names].filter((name) => !machine.test(name)).sort((a, b) => Number(b === 'eval_loss') - Number(a === 'eval_loss') || a.localeCompare(b)); // prettier-ignore
}

const shortName = (metric: string): string => metric.replace(/^eval_/, '').replaceAll('_', ' ');
const score = (value: number | undefined): string => (value === undefined ? '–' : formatValue(value));

export function checkpointsCard(checkpoints: readonly RunCheckpoint[], run: RunDetail, send: Send): HTMLElement {
  const title = l10n.t('Checkpoints');
  if (checkpoints.length === 0) return card(title, empty(l10n.t('None written yet; save_strategy and save_steps say when.'))); // prettier-ignore
  const names = scoreNames(checkpoints.map(({ scores }) => scores)).slice(0, 3);
  const columns = [
    { title: l10n.t('step') },
    ...names.map((name) => ({ title: shortName(name), numeric: true })),
    { title: l10n.t('size'), numeric: true },
    { title: l10n.t('written') },
    { title: l10n.t('actions') },
  ];
  const rows = checkpoints.map(({ step, scores, bytes, written, best, resumable }) => {
    const at = formatCount(step);
    const actions: Child[] = [];
    if (resumable && canResume(run)) {
      const resume = (): void => send({ name: 'resume', checkpoint: step });
      actions.push(linkButton(l10n.t('Resume from here'), resume, l10n.t('Resume from here (step {0})', at)), ' · ');
    }
    actions.push(linkButton(l10n.t('Reveal'), () => send({ name: 'revealCheckpoint', step }), l10n.t('Reveal the checkpoint of step {0}', at))); // prettier-ignore
    const mark = best ? [' ', element('span', { class: 'chip' }, l10n.t('best'))] : [];
    return [
      [at, ...mark],
      ...names.map((name) => score(scores[name])),
      formatBytes(bytes),
      formatDate(written),
      actions,
    ];
  });
  return card(title, table(title, columns, rows));
}

export function scoresCard({ evaluations }: Scores): HTMLElement {
  const title = l10n.t('Evaluation scores');
  if (evaluations.length === 0) return card(title, empty(l10n.t('No evaluation yet; val_size or eval_dataset with eval_strategy make some.'))); // prettier-ignore
  const names = scoreNames(evaluations.map(({ metrics }) => metrics));
  const columns = [{ title: l10n.t('step') }, { title: l10n.t('epoch'), numeric: true }, ...names.map((name) => ({ title: shortName(name), numeric: true }))]; // prettier-ignore
  const rows = evaluations.toReversed().map(({ step, epoch, metrics }) => [formatCount(step), epoch.toFixed(2), ...names.map((name) => score(metrics[name]))]); // prettier-ignore
  return card(title, table(title, columns, rows));
}

/** Each question with the answers of the base model and of the run as it went on, under each other. */
export function samplesCard({ samples }: Scores): HTMLElement {
  const title = l10n.t('Samples over time');
  if (samples.length === 0) return card(title, empty(l10n.t('No sample answers; anneal_sample_prompts in the recipe asks for some.'))); // prettier-ignore
  const prompts = Map.groupBy(samples, ({ prompt }) => prompt);
  const parts = [...prompts].map(([prompt, answers]) =>
    element('div', { class: 'sample' },
      element('h3', { class: 'text' }, prompt),
      element('dl', {}, ...answers.flatMap(({ step, text }) => [
        element('dt', { class: 'dim num' }, step === 0 ? l10n.t('base') : formatCount(step)),
        element('dd', { class: 'text' }, text === '' ? element('span', { class: 'dim' }, l10n.t('(empty answer)')) : text),
      ])),
    ),
  ); // prettier-ignore
  return card(title, element('div', { class: 'samples', tabindex: 0, role: 'region', 'aria-label': title }, ...parts));
}

const value = (one: unknown): string => (one === null ? '–' : typeof one === 'string' ? one : JSON.stringify(one));

export function recipeCard(run: RunDetail, differences: readonly RecipeDifference[] | null, send: Send): HTMLElement {
  const title = l10n.t('Recipe as run');
  const open = button({ label: l10n.t('Open'), icon: 'go-to-file', onclick: () => send({ name: 'openAsRun' }) });
  const actions = element('div', { class: 'actions' }, open);
  const parts: Child[] = [];
  if (run.recipeFile !== null) {
    actions.append(button({ label: l10n.t('Compare with the file now'), icon: 'diff', onclick: () => send({ name: 'diffRecipe' }) })); // prettier-ignore
    parts.push(differencesOf(differences));
  }
  if (run.overrides.length > 0) parts.push(element('p', { class: 'text' }, element('span', { class: 'dim' }, l10n.t('merged over it:')), ' ', element('code', {}, run.overrides.join(' ')))); // prettier-ignore
  const text = element('pre', { class: 'recipe', tabindex: 0, 'aria-label': title }, run.recipe);
  const made = card(title, actions, ...parts, text);
  made.classList.add('recipe-card');
  return made;
}

function differencesOf(differences: readonly RecipeDifference[] | null): HTMLElement {
  if (differences === null) return empty(l10n.t('The recipe file cannot be compared: it is gone, or lies outside the open folders.')); // prettier-ignore
  if (differences.length === 0) return empty(l10n.t('The file now says the same.'));
  const title = l10n.t('Keys that differ from the file now');
  const columns = [{ title: l10n.t('key') }, { title: l10n.t('as run') }, { title: l10n.t('file now') }];
  return table(title, columns, differences.map(({ key, left, right }) => [element('code', {}, key), value(left), value(right)])); // prettier-ignore
}
