// What a recipe's values come to, in a few words at the end of the line that causes it.
import * as l10n from '@vscode/l10n';
import { countRows, packs, rowsPerStep, runLength, trainedWeights } from './figures.ts';
import { amountText, bytesText, countText, durationText, percentText } from './numbers.ts';
import { outlineOf } from './outline.ts';
import { stripComment, lineEnd } from './text.ts';
import type { Surroundings } from './surroundings.ts';
import type { RecipeView } from './view.ts';

export interface Hint {
  /** Offset of the end of the value. */
  readonly at: number;
  readonly text: string;
  /** Markdown. */
  readonly more?: string;
}

/** Figures that the data gave when they were tokenised. */
export interface DataFigures {
  readonly rows: number;
  readonly tokens: number;
  readonly trained: number;
  /** Rows that lose something at cutoff_len. */
  readonly cut: number;
  /** Whether all rows were looked at, not only the first. */
  readonly isWhole: boolean;
}

/** What somebody who knows the machine says about a run. */
export interface CostFigures {
  readonly seconds: number | undefined;
  readonly peakBytes: number | undefined;
  /** Memory of the machine. */
  readonly freeBytes: number | undefined;
}

export interface HintFigures {
  readonly data: DataFigures | undefined;
  readonly cost: CostFigures | undefined;
}

export function hintsOf(view: RecipeView, surroundings: Surroundings, { data, cost }: HintFigures): readonly Hint[] {
  if (view.command !== 'train') return [];
  const hints: Hint[] = [];
  const { recipe, given, text } = view;
  const entries = new Map(outlineOf(text).entries.map((entry) => [entry.name, entry]));
  const say = (key: string, hint: string | undefined, more?: string): void => {
    const entry = entries.get(key);
    if (!entry || hint === undefined) return;
    const end = lineEnd(text, entry.colon);
    const at = entry.colon + 1 + stripComment(text.slice(entry.colon + 1, end)).trimEnd().length;
    hints.push({ at, text: hint, ...(more === undefined ? {} : { more }) });
  };
  const batchKey = given.has('per_device_train_batch_size') ? 'per_device_train_batch_size' : 'gradient_accumulation_steps'; // prettier-ignore
  if (rowsPerStep(recipe) > 1 || given.has('gradient_accumulation_steps'))
    say(batchKey, l10n.t('{0} rows a step', countText(rowsPerStep(recipe))));
  const rows = countRows(recipe, surroundings);
  if (rows) say('dataset', l10n.t('{0} rows', countText(rows.train)), data && dataText(data));
  if (rows && rows.evaluation > 0 && recipe.val_size > 1e-6) say('val_size', l10n.t('{0} rows held out', countText(rows.evaluation))); // prettier-ignore
  sayLength(view, surroundings, cost, say);
  const weights = trainedWeights(recipe, surroundings);
  if (weights && weights.trained > 0) sayWeights(view, weights, say);
  if (data && data.rows > 0 && !packs(recipe))
    say('cutoff_len', data.cut === 0 ? l10n.t('no row cut') : l10n.t('{0} of rows cut', percentText(data.cut / data.rows)), dataText(data)); // prettier-ignore
  return hints;
}

type Say = (key: string, hint: string | undefined, more?: string) => void;

/** Steps, or with max_steps epochs; and how long they take where somebody knows. */
function sayLength(
  { recipe, given }: RecipeView,
  surroundings: Surroundings,
  cost: CostFigures | undefined,
  say: Say,
): void {
  // prettier-ignore
  const run = runLength(recipe, surroundings);
  if (!run) return;
  const time = cost?.seconds === undefined ? '' : `, ${l10n.t('about {0}', durationText(cost.seconds))}`;
  if (recipe.max_steps > 0) say('max_steps', l10n.t('{0} epochs', Number(run.epochs.toPrecision(2))) + time);
  else say('num_train_epochs', l10n.t('{0} steps', countText(run.steps)) + time);
  if (given.has('warmup_steps') && recipe.warmup_steps > 0 && recipe.warmup_steps < 1)
    say('warmup_steps', l10n.t('{0} steps', countText(Math.ceil(recipe.warmup_steps * run.steps))));
  const saves = recipe.save_steps < 1 ? Math.ceil(recipe.save_steps * run.steps) : recipe.save_steps;
  if (recipe.save_strategy === 'steps' && saves > 0) {
    const count = Math.floor(run.steps / saves);
    say('save_steps', count === 0 ? l10n.t('only at the end') : l10n.t('{0} checkpoints', countText(count)));
  }
}

function sayWeights(
  { recipe, given }: RecipeView,
  { trained, total }: { trained: number; total: number },
  say: Say,
): void {
  // prettier-ignore
  const [part, whole] = [amountText(trained), amountText(total)];
  if (recipe.finetuning_type === 'lora') {
    const key = given.has('lora_rank') ? 'lora_rank' : given.has('lora_target') ? 'lora_target' : 'finetuning_type';
    // adapters are saved in float32
    say(key, l10n.t('{0} trained of {1}, {2} a checkpoint', part, whole, bytesText(trained * 4)));
    return;
  }
  const key = given.has('freeze_trainable_layers') ? 'freeze_trainable_layers' : 'finetuning_type';
  say(key, l10n.t('{0} trained of {1}', part, whole));
}

const dataText = ({ rows, tokens, trained, isWhole }: DataFigures): string =>
  isWhole
    ? l10n.t('{0} tokens in {1} rows, {2} of them trained.', amountText(tokens), countText(rows), percentText(trained / Math.max(1, tokens))) // prettier-ignore
    : l10n.t('In the first {1} rows: {0} tokens, {2} of them trained.', amountText(tokens), countText(rows), percentText(trained / Math.max(1, tokens))); // prettier-ignore
