// anneal help, and help for one verb.
import type { Arguments } from './main.ts';

interface VerbHelp {
  readonly usage: string;
  readonly does: string;
  readonly details: readonly string[];
}

const texts: Readonly<Record<string, VerbHelp>> = {
  train: {
    usage: 'anneal train RECIPE [key=value …] [--json]',
    does: 'runs a recipe',
    details: [
      'RECIPE is a YAML file as LLaMA-Factory takes it; key=value words are merged over it.',
      'A run that was interrupted goes on from its last checkpoint when it is started again.',
      '--json writes one event a line. Ctrl-C finishes the step and writes a checkpoint; twice, it stops at once.',
    ],
  },
  check: {
    usage: 'anneal check FILE… [key=value …] [--json]',
    does: 'says what is wrong with recipes, without running them',
    details: ['Prints file:line:column severity code message. Exit status 1 when there are errors.'],
  },
  preview: {
    usage: 'anneal preview RECIPE [--dataset NAME] [--row N | --rows N-M] [--json] [key=value …]',
    does: 'shows rows as the model will see them',
    details: ['Rows count from 0. Trained tokens are marked; needs the tokenizer of the model folder, no weights.'],
  },
  env: {
    usage: 'anneal env [--json]',
    does: 'lists versions, devices and memory: what to paste into a bug report',
    details: [],
  },
  version: { usage: 'anneal version', does: 'prints the version', details: [] },
  help: { usage: 'anneal help [VERB]', does: 'explains a verb', details: [] },
};

export async function help({ words }: Arguments): Promise<number> {
  const text = words[0] === undefined ? undefined : texts[words[0]];
  if (text) {
    console.log([text.usage, '', `  ${text.does}`, ...text.details.map((line) => `  ${line}`)].join('\n'));
    return 0;
  }
  const width = Math.max(...Object.keys(texts).map((name) => name.length));
  console.log('anneal: fine-tuning of language models, without Python\n');
  for (const [name, { does }] of Object.entries(texts)) console.log(`  ${name.padEnd(width)}  ${does}`);
  console.log(
    '\n"anneal help VERB" says more. --debug adds the stack to an error; --lang zh-cn says findings in Chinese.',
  );
  return 0;
}
