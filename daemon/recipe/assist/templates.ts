// The chat templates, those that suit the recipe's model first.
import * as l10n from '@vscode/l10n';
import { knownModel, suitableTemplates } from '../known-models.ts';
import { templateNames } from '../template-names.ts';
import { isObject } from './datasets.ts';
import { joinPath, type Surroundings } from './surroundings.ts';
import type { Value } from './values.ts';
import type { RecipeView } from './view.ts';

/** Plain ones that any model can learn. */
const general = ['chatml', 'default', 'alpaca', 'empty'];

/** Templates for the recipe's model, the likeliest first; its config.json counts where it is a folder here. */
export function templatesFor({ recipe }: RecipeView, surroundings: Surroundings): readonly string[] {
  const name = recipe.model_name_or_path ?? '';
  if (name === '') return [];
  const config = surroundings.json(joinPath(name, 'config.json'));
  const type = isObject(config) && typeof config['model_type'] === 'string' ? config['model_type'] : undefined;
  return suitableTemplates(name, type);
}

export function completeTemplates(view: RecipeView, surroundings: Surroundings): Value[] {
  const suitable = templatesFor(view, surroundings);
  const [best] = suitable;
  const own = knownModel(view.recipe.model_name_or_path ?? '');
  const ranked = [...new Set([...suitable, ...general, ...templateNames])];
  return ranked.map((name) => {
    const note =
      name === best
        ? own?.template === name && own.chat
          ? l10n.t('template of {0}', own.id)
          : l10n.t('suits this model')
        : suitable.includes(name)
          ? l10n.t('related models')
          : undefined;
    return { kind: 'template', text: name, ...(note === undefined ? {} : { description: note }) };
  });
}
