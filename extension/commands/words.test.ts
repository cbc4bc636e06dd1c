// Words key=value, as people type them.
import { expect, test } from 'vitest';
import { parseWords } from './words.ts';

test.each([
  ['', {}],
  ['  learning_rate=1.0e-4   num_train_epochs=2 ', { learning_rate: 1e-4, num_train_epochs: 2 }],
  ['bf16=true packing=false', { bf16: true, packing: false }],
  ['val_size=', { val_size: null }],
  ["default_system='You are kind.' output_dir=\"my runs/a\"", { default_system: 'You are kind.', output_dir: 'my runs/a' }],
  ["a='1'", { a: '1' }],
  ['lora_target=[q_proj, v_proj] anneal_sample_prompts=[]', { lora_target: ['q_proj', 'v_proj'], anneal_sample_prompts: [] }],
  ['dataset=a,b template=qwen3', { dataset: 'a,b', template: 'qwen3' }],
  ['a=b=c', { a: 'b=c' }],
])('%s', (text, changes) => {
  expect(parseWords(text)).toEqual({ ok: true, changes });
}); // prettier-ignore

test.each([
  ['learning_rate 1e-4', 'learning_rate'],
  ['a=1 =2', '=2'],
  ['A=1', 'A=1'],
])('%s is refused', (text, word) => {
  expect(parseWords(text)).toEqual({ ok: false, word });
});
