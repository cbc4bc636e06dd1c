// The run panel: what a message changes, and what is drawn of it. Everything is drawn at most once a frame, however fast records come.
import * as l10n from '@vscode/l10n';
import type { RunDetail, RunSummary } from '../../daemon/runs/protocol.ts';
import { ChartGroup } from '../shared/charts/group.ts';
import { Points } from '../shared/charts/points.ts';
import { linkButton } from '../shared/buttons.ts';
import { element, fill, icon, perFrame } from '../shared/dom.ts';
import { formatCount } from '../shared/format.ts';
import type { Host } from '../shared/messages.ts';
import { Annotations } from './annotations.ts';
import { checkpointsCard, recipeCard, samplesCard, scoresCard } from './cards.ts';
import { chartsKey, makeCharts } from './curves.ts';
import { failureCard } from './failure.ts';
import { Figures } from './figures.ts';
import { Header } from './header.ts';
import { Log } from './log.ts';
import { RunModel } from './model.ts';
import type { FromRunView, RunCommand, RunViewState, ToRunView } from './protocol.ts';
import { smoothingControl } from '../shared/smoothing.ts';

type Message<T extends ToRunView['type']> = Extract<ToRunView, { type: T }>;

/** Milliseconds that a zoom must stand before finer points are asked for. */
const SETTLED = 150;

export class RunView {
  readonly #host: Host<FromRunView, RunViewState>;
  readonly #model = new RunModel();
  readonly #previous = new Points();
  readonly #header: Header;
  readonly #figures = new Figures();
  readonly #annotations: Annotations;
  readonly #log = new Log();
  readonly #group: ChartGroup;
  readonly #places = { banners: element('div', { class: 'banners' }), failure: element('div', { class: 'wide' }), loss: element('div', { class: 'loss wider' }), others: element('div', { class: 'contents' }), checkpoints: element('div', { class: 'wider' }), scores: element('div'), samples: element('div', { class: 'wider' }), recipe: element('div', { class: 'wider' }) }; // prettier-ignore
  readonly #draw = perFrame(() => this.#drawNow());
  #detail: RunDetail | undefined;
  #run: RunSummary | undefined;
  #checkpoints: Message<'checkpoints'>['checkpoints'] = [];
  #scores: Message<'scores'> = { type: 'scores', evaluations: [], samples: [] };
  #differences: Message<'differences'>['differences'] = null;
  #connection: Message<'connection'> = { type: 'connection', live: true, reason: '' };
  #problem = '';
  #removed = false;
  #smoothing: number;
  #charts = '';
  #waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(host: Host<FromRunView, RunViewState>) {
    this.#host = host;
    const kept = host.recall();
    this.#smoothing = kept?.smoothing ?? 0.9;
    const send = (command: RunCommand): void => host.post({ type: 'command', command });
    this.#header = new Header(send, () => {
      this.#log.show('warnings');
      this.#log.focus();
    });
    this.#annotations = new Annotations(send);
    this.#group = new ChartGroup({
      full: () => ({ from: 0, to: Math.max(this.#run?.progress.totalSteps ?? 0, this.#model.lastStep, this.#previous.x.at(-1) ?? 0) }), // prettier-ignore
      describeX: (x) => l10n.t('step {0}', formatCount(x)),
      formatX: formatCount,
      zoomed: () => this.#zoomed(),
    });
    this.#group.restore(kept?.zoom ?? null);
    const { banners, failure, loss, others, checkpoints, scores, samples, recipe } = this.#places;
    const grid = element('div', { class: 'grid' }, failure, loss, others, checkpoints, scores, samples, this.#log.root, recipe, this.#annotations.root); // prettier-ignore
    document.body.append(
      this.#header.root, this.#header.announcer, this.#group.announcer, banners,
      element('main', {}, this.#figures.root, grid),
    ); // prettier-ignore
    this.#makeCharts();
    this.#showTables();
  }

  take(message: ToRunView): void {
    switch (message.type) {
      case 'run':
        this.#detail = message.run;
        this.#run = message.run;
        this.#removed = false;
        this.#remember();
        this.#showDetail(message.run);
        break;
      case 'summary':
        this.#run = message.run;
        break;
      case 'series':
        this.#takeSeries(message);
        break;
      case 'backlog':
        this.#model.backlog(message.records);
        break;
      case 'records':
        if (!this.#model.append(message.records)) this.#host.post({ type: 'resync' });
        break;
      case 'checkpoints':
        this.#checkpoints = message.checkpoints;
        this.#showTables();
        break;
      case 'scores':
        this.#scores = message;
        this.#showTables();
        break;
      case 'previous':
        this.#previous.cut(Number.NEGATIVE_INFINITY);
        for (const [i, step] of (message.loss?.steps ?? []).entries()) this.#previous.set(step, message.loss?.values[i] ?? 0); // prettier-ignore
        break;
      case 'differences':
        this.#differences = message.differences;
        if (this.#detail) this.#showRecipe(this.#detail);
        break;
      case 'connection':
        this.#connection = message;
        this.#showBanners();
        break;
      case 'problem':
        this.#problem = message.message;
        this.#showBanners();
        break;
      case 'removed':
        this.#removed = true;
        this.#showBanners();
    }
    this.#draw();
  }

  #takeSeries({ series, seq, range }: Message<'series'>): void {
    if (range) this.#model.refine(series, seq, range.from);
    else this.#model.load(series, seq);
  }

  #drawNow(): void {
    if (!this.#run || !this.#detail) return;
    this.#header.update(this.#run, this.#detail);
    this.#figures.update(this.#run, this.#model);
    this.#log.update(this.#model.records);
    const charts = chartsKey(this.#model);
    if (charts !== this.#charts) this.#makeCharts();
    this.#showBanners();
    const total = Math.max(1, this.#run.progress.totalSteps, this.#model.lastStep);
    // as smooth to the eye whatever the length: a thousandth of the run counts as one step (the rule of Weights & Biases)
    this.#group.decay = this.#smoothing === 0 ? 0 : this.#smoothing ** (1000 / total);
    this.#group.redraw();
  }

  #makeCharts(): void {
    this.#charts = chartsKey(this.#model);
    this.#group.clear();
    const { loss, others } = makeCharts(this.#group, this.#model, this.#previous);
    const control = smoothingControl(this.#smoothing, (smoothing) => {
      this.#smoothing = smoothing;
      this.#remember();
      this.#draw();
    });
    loss.root.querySelector('.chart-head')?.append(control);
    this.#places.loss.replaceChildren(loss.root);
    this.#places.others.replaceChildren(...others.map(({ root }) => root));
  }

  #showDetail(run: RunDetail): void {
    const { failure } = this.#places;
    failure.replaceChildren(...(run.failure ? [failureCard(run.failure, run, (command) => this.#send(command))] : []));
    this.#annotations.update(run);
    this.#showRecipe(run);
    this.#showTables();
  }

  #showRecipe(run: RunDetail): void {
    this.#places.recipe.replaceChildren(recipeCard(run, this.#differences, (command) => this.#send(command)));
  }

  #showTables(): void {
    const { checkpoints, scores, samples } = this.#places;
    if (this.#detail) checkpoints.replaceChildren(checkpointsCard(this.#checkpoints, this.#detail, (command) => this.#send(command))); // prettier-ignore
    scores.replaceChildren(scoresCard(this.#scores));
    samples.replaceChildren(samplesCard(this.#scores));
  }

  #bannersShown = '';

  #showBanners(): void {
    const { live, reason } = this.#connection;
    const health = this.#run?.health;
    const said: { text: string; level: '' | 'error'; close?: () => void }[] = [];
    if (this.#removed)
      said.push({ text: l10n.t('This run was deleted. Its output folder is still there.'), level: '' });
    if (!live) said.push({ text: `${l10n.t('The daemon does not answer. The run goes on in a process of its own; this page catches up as soon as the daemon is back.')} ${reason}`, level: '' }); // prettier-ignore
    if (health?.memoryPressure === 'critical') said.push({ text: l10n.t('The machine has almost no memory left: the system may kill this run. Stop it now to keep a checkpoint, or close other programs.'), level: 'error' }); // prettier-ignore
    else if (health?.memoryPressure === 'low') said.push({ text: l10n.t('The machine has little memory left.'), level: '' }); // prettier-ignore
    if (health?.state === 'hung') said.push({ text: l10n.t('The run seems to hang: nothing has happened for long, and its processor is idle.'), level: 'error' }); // prettier-ignore
    if (this.#problem !== '') said.push({ text: this.#problem, level: 'error', close: () => { this.#problem = ''; this.#showBanners(); } }); // prettier-ignore
    const shown = said.map(({ text }) => text).join('\n');
    if (shown === this.#bannersShown) return;
    this.#bannersShown = shown;
    fill(
      this.#places.banners,
      ...said.map(({ text, level, close }) =>
        element('div', { class: `banner ${level}`.trimEnd(), role: 'alert' }, icon(level === 'error' ? 'error' : 'warning'), element('span', { class: 'text grow' }, text), close && linkButton(l10n.t('Close'), close)),
      ),
    ); // prettier-ignore
  }

  #zoomed(): void {
    this.#remember();
    clearTimeout(this.#waiting);
    const { zoom } = this.#group;
    if (!zoom || !this.#model.coarse) return;
    const from = Math.floor(zoom.from);
    const to = Math.ceil(zoom.to);
    this.#waiting = setTimeout(() => this.#host.post({ type: 'zoom', from, to }), SETTLED);
  }

  #remember(): void {
    if (this.#detail) this.#host.remember({ run: this.#detail.id, smoothing: this.#smoothing, zoom: this.#group.zoom });
  }

  #send(command: RunCommand): void {
    this.#host.post({ type: 'command', command });
  }
}
