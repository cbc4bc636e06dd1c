// One line of a good recipe is broken, in one of the ways in which people break lines: it is told once, on that line, and nothing else is.
// PyYAML refuses each of these texts.
import { describe, expect, test } from 'vitest';
import { checkRecipe } from './check.ts';

const recipe = `### model
model_name_or_path: 01-ai/Yi-1.5-9B-Chat

### method
stage: sft
do_train: true
finetuning_type: lora
lora_rank: 16
lora_target:
  - q_proj
  - v_proj

### dataset
dataset: support_chat
template: yi
cutoff_len: 2048

### output
output_dir: saves/x
logging_steps: 10
plot_loss: true

### train
learning_rate: 1.0e-4
lr_scheduler_type: cosine
lr_scheduler_kwargs:
  num_cycles: 2
report_to: [wandb, tensorboard]
run_name: first
`;

const value =
  (text: string) =>
  (line: string): string =>
    line.replace(/: (.*)$/, `: ${text}`);

const breaks: Readonly<Record<string, (line: string) => string>> = {
  'a colon left out': (line) => line.replace(':', ''),
  'a tab in front': (line) => `\t${line}`,
  'a full-width colon': (line) => line.replace(':', '：'),
  'an equals sign': (line) => line.replace(': ', ' = '),
  'a dash in front': (line) => `- ${line}`,
  'a second document': (line) => `${line}\n---`,
  'a brace in front': (line) => `}${line}`,
  'a quote around half a key': (line) => line.replace(/^(\w+)/, "'$1"),
  'an open list': value('[$1'),
  'an open mapping': value('{$1'),
  'an open mapping with a key': value('{a: 1'),
  'brackets of two kinds': value('[a, b}'),
  'a colon within': value('a: $1'),
  'an anchor that is not there': value('*$1'),
  'an at sign': value('@$1'),
  'a percent sign': value('%$1'),
  'a backquote': value('`$1`'),
  'a tag': value('!$1 x'),
  'text behind quotes': value('"a" $1'),
  'an apostrophe in quotes': value("'it's $1'"),
  'quotes in quotes': value('"say "$1""'),
  'a path with backslashes in quotes': value(String.raw`"C:\dir\$1"`),
  'an interpolation left open': value('${$1'),
  'a comma in front': value(',$1'),
  'a dash behind the colon': value('- $1'),
  'a block mark with text': value('|$1'),
  'a block at the margin': value('>\n$1'),
  'a list moved in by a tab': value('\n\t- $1'),
};

const lines = recipe.split('\n');
const places = lines.flatMap((line, index) => (/^\w+: [^[]/.test(line) ? [index] : []));

describe.each(Object.entries(breaks))('%s', (_, broken) => {
  test.each(places.map((index) => [lines[index] ?? '', index] as const))('%s', (line, index) => {
    const text = lines.with(index, broken(line)).join('\n');
    const errors = checkRecipe(text, 'r.yaml').findings.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ code }) => code)).toEqual([expect.stringMatching(/^(yaml-syntax|invisible-character)$/)]);
    expect(Math.abs((errors[0]?.line ?? 0) - index - 1)).toBeLessThanOrEqual(1);
  });
});
