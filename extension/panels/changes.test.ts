// Changed recipe keys as a person types them.
import { expect, test } from 'vitest';
import { parseChanges } from './changes.ts';

test.each([
  ['', {}],
  ['learning_rate=1e-4 num_train_epochs=2', { learning_rate: 1e-4, num_train_epochs: 2 }],
  ['lora_target=all plot_loss=true', { lora_target: 'all', plot_loss: true }],
  ['template=', { template: null }],
  ['default_system="be brief" run_name=\'a b\'', { default_system: 'be brief', run_name: 'a b' }],
  ['anneal_sample_prompts=["one two", "three"]', { anneal_sample_prompts: ['one two', 'three'] }],
])('%s', (text, changes) => expect(parseChanges(text)).toEqual(changes));

test.each([
  ['learning_rate', '"learning_rate" is no key=value.'],
  ['a-b=1', '"a-b" is no recipe key.'],
  ['=1', '"=1" is no key=value.'],
])('%s is refused', (text, sentence) => expect(parseChanges(text)).toBe(sentence));
