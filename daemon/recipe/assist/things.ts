// What a value names, as Markdown: a data set with its first row, a model with its size, a template with an example.
import * as l10n from '@vscode/l10n';
import { knownModel } from '../known-models.ts';
import { templateNames } from '../template-names.ts';
import { infoPath, isObject, kindTitle, nearbyDatasets, sourceOf } from './datasets.ts';
import { amountText, countText } from './numbers.ts';
import { joinPath, type Surroundings } from './surroundings.ts';
import type { RecipeView } from './view.ts';

/** Longest part of a row that is shown. */
const ROW_LENGTH = 600;

export function describeDataset(name: string, { recipe }: RecipeView, surroundings: Surroundings): string | undefined {
  const dataset = nearbyDatasets(recipe.dataset_dir, surroundings)?.find((near) => near.name === name);
  if (!dataset) return undefined;
  const rows = dataset.file === undefined ? undefined : surroundings.rowCount(dataset.file);
  const facts = [
    kindTitle(dataset.kind),
    typeof dataset.entry['formatting'] === 'string' ? dataset.entry['formatting'] : 'alpaca',
    sourceOf(dataset),
    rows === undefined ? undefined : l10n.t('{0} rows', countText(rows)),
  ];
  const parts = [`**${name}** · ${facts.filter((fact) => fact !== undefined).join(' · ')}`];
  const first = dataset.file === undefined ? undefined : surroundings.firstRows(dataset.file)?.[0];
  if (first !== undefined) parts.push(rowText(first));
  parts.push(l10n.t('Entry of {0}.', `\`${infoPath(recipe.dataset_dir)}\``));
  return parts.join('\n\n');
}

/** A row as a block of JSON, cut where it is long. A fence inside it cannot end the block. */
export function rowText(row: unknown): string {
  const text = JSON.stringify(row, null, 1) ?? '';
  const cut = text.length > ROW_LENGTH ? `${text.slice(0, ROW_LENGTH)} …` : text;
  return `\`\`\`json\n${cut.replaceAll('```', '``\u200B`')}\n\`\`\``;
}

export function describeModel(name: string, surroundings: Surroundings): string | undefined {
  const config = surroundings.json(joinPath(name, 'config.json'));
  const known = knownModel(name);
  const facts: string[] = [];
  if (isObject(config)) {
    const weights = surroundings.weights(name);
    const number = (key: string): number | undefined => (typeof config[key] === 'number' ? config[key] : undefined);
    if (typeof config['model_type'] === 'string') facts.push(config['model_type']);
    const total = weights?.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
    if (total !== undefined) facts.push(l10n.t('{0} weights', amountText(total)));
    const [layers, width, window] = [number('num_hidden_layers'), number('hidden_size'), number('max_position_embeddings')]; // prettier-ignore
    if (layers !== undefined && width !== undefined) facts.push(l10n.t('{0} layers of width {1}', layers, width));
    if (window !== undefined) facts.push(l10n.t('made for {0} tokens', countText(window)));
  } else if (known) {
    if (known.template !== undefined) facts.push(l10n.t('template {0}', `\`${known.template}\``));
    facts.push(known.chat ? l10n.t('tuned to answer') : l10n.t('base model'));
    if (known.multimodal) facts.push(l10n.t('images, video, audio'));
  } else return undefined;
  return `**${name}** · ${facts.join(' · ')}`;
}

export function describeTemplate(name: string, { recipe }: RecipeView, surroundings: Surroundings): string | undefined {
  if (!templateNames.includes(name)) return undefined;
  const example = surroundings.templateExample(name);
  const own = knownModel(recipe.model_name_or_path ?? '')?.template;
  const parts = [own === name ? l10n.t('**{0}** · the template of this model', name) : `**${name}**`];
  if (example !== undefined) parts.push(`\`\`\`\n${example.replaceAll('```', '``\u200B`')}\n\`\`\``);
  return parts.join('\n\n');
}
