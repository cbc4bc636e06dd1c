// anneal help, and help for one verb.
import type { Arguments } from './main.ts';

interface VerbHelp {
  readonly usage: string;
  readonly does: string;
  readonly details: readonly string[];
}

const texts: Readonly<Record<string, VerbHelp>> = {
  train: {
    usage: 'anneal train RECIPE [key=value …] [--detach] [--json]',
    does: 'runs a recipe',
    details: [
      'RECIPE is a YAML file as LLaMA-Factory takes it; key=value words are merged over it.',
      'A run that was interrupted goes on from its last checkpoint when it is started again.',
      '--json writes one event a line. Ctrl-C finishes the step and writes a checkpoint; twice, it stops at once.',
      '--detach queues the run with the daemon, which starts when it is needed, and returns at once.',
    ],
  },
  check: {
    usage: 'anneal check FILE… [--command VERB] [--format text|json|github|sarif] [--fix] [key=value …]',
    does: 'says what is wrong with recipes, their data, a dataset_info.json or rows, without running anything',
    details: [
      'Prints file:line:column severity code message. Exit status 1 when there are errors.',
      '--json is --format json; github writes annotations of GitHub Actions, sarif what code scanners read.',
      '--command names the verb that a recipe is for, where its first comment and its keys do not tell.',
      '--fix mends what has one meaning only. "# anneal-ignore: code" behind or above a line takes a finding back.',
    ],
  },
  preview: {
    usage: 'anneal preview RECIPE [--dataset NAME] [--row N | --rows N-M | --stats [--all]] [--json] [key=value …]',
    does: 'shows rows as the model will see them',
    details: [
      'Rows count from 0. Trained tokens are marked; needs the tokenizer of the model folder, no weights.',
      '--stats shows lengths, what cutoff_len cuts, what is trained and what is left out: of a sample of a large dataset, with',
      '--all of every row. --json writes one object a row, or one for all figures.',
    ],
  },
  daemon: {
    usage: 'anneal daemon [start | stop | status] [--json]',
    does: 'starts and ends the daemon that keeps runs, or says whether it runs',
    details: ['Runs are processes of their own: they outlive the daemon, and the next one finds them.'],
  },
  runs: { usage: 'anneal runs [--json]', does: 'lists the runs of the daemon, newest first', details: [] },
  logs: {
    usage: 'anneal logs RUN [--follow] [--json]',
    does: 'shows what a run has said',
    details: ['RUN is an id or the beginning of one. --follow goes on until the run ends.'],
  },
  stop: {
    usage: 'anneal stop RUN [--now] [--json]',
    does: 'stops a run after its step, with a checkpoint',
    details: ['--now ends its process at once; what came after the last checkpoint is lost.'],
  },
  resume: {
    usage: 'anneal resume RUN [--checkpoint STEP] [--json]',
    does: 'queues a stopped or failed run again, from its last checkpoint or an earlier one',
    details: [],
  },
  track: {
    usage: 'anneal track OUTPUT_DIR [--json]',
    does: 'sends a tracker what it has not got of a run, because it was away while that ran',
    details: ['The environment says where the tracker is, as it does for a run: MLFLOW_TRACKING_URI and so on.'],
  },
  estimate: {
    usage: 'anneal estimate RECIPE [--json] [key=value …]',
    does: 'says what a run will take: memory, disk, steps, time',
    details: [
      'Reads the model folder (no weights) and the data; large datasets are sampled. RECIPE - reads the recipe from its input.',
      'Time and memory are corrected by earlier runs of the same model on this machine.',
    ],
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
