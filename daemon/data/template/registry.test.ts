// The names that recipes are checked against are those of the templates.
import { expect, test } from 'vitest';
import { templateNames as checked } from '../../recipe/template-names.ts';
import { findTemplate, templateNames } from './registry.ts';

test('names of recipes and templates agree', () => {
  expect([...templateNames].sort()).toEqual([...checked].sort());
});

test('an unknown template names close ones', () => {
  expect(() => findTemplate('qwn')).toThrow('There is no template "qwn"');
});
