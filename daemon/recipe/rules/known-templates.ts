// The template names a recipe may use. The names stand here and the templates in the data room, which a test holds together.
import { nearest } from '../suggest.ts';
import { rule } from './rule.ts';
import { templateNames } from '../template-names.ts';

export const templateRequiresKnownName = rule('template-unknown', 'error', ['template'], ({ recipe }) => {
  const { template } = recipe;
  if (template === null || templateNames.includes(template)) return undefined;
  const close = nearest(template, templateNames);
  const message = `There is no template "${template}"${close ? `; did you mean ${close}?` : '.'}`;
  return { key: 'template', message, ...(close ? { fix: { title: `Change to ${close}`, text: close } } : {}) };
});
