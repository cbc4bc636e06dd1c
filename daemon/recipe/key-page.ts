// The page of all recipe keys, written from the arguments table.
import type { Argument } from './argument.ts';
import { acceptedBy, commands } from './commands.ts';
import { describeRange, ranges } from './ranges.ts';
import { argumentNames, argumentsTable, type ArgumentName } from './recipe.ts';

const states = { built: '', later: 'not yet in Anneal', 'no-effect': 'no effect in Anneal' } as const;

export function keyPage(): string {
  const groups = Map.groupBy(argumentNames, (name) => argumentsTable[name].group);
  const sections = [...groups].map(([group, names]) => section(group, names));
  return `# Recipe keys

Written by \`npm run generate\` from \`daemon/recipe/arguments/\`; do not edit it. Unless said otherwise a key is LLaMA-Factory's, with its type
and default; keys that begin with \`anneal_\` are Anneal's own. What is not yet in Anneal is refused when a run starts.

${sections.join('\n')}`;
}

function section(group: string, names: readonly ArgumentName[]): string {
  const rows = names.map((name) => row(name, argumentsTable[name]));
  return `## ${group}

| key | type | default | what it does |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}

function row(name: ArgumentName, argument: Argument<unknown>): string {
  const { type, default: value, doc } = argument;
  const cells = [`\`${name}\``, type.replaceAll('|', ' or '), `\`${JSON.stringify(value)}\``, [doc, ...notes(name, argument)].join(' ')]; // prettier-ignore
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function notes(name: ArgumentName, { choices, stages, onlyWith, support, because }: Argument<unknown>): string[] {
  const [key, ...values] = onlyWith ?? [];
  const range = ranges[name];
  const takers = acceptedBy(name);
  const state = states[support];
  return [
    choices ? `One of ${choices.join(', ')}.` : undefined,
    range ? `${describeRange(range)}.` : undefined,
    stages ? `Stages ${stages.join(', ')}.` : undefined,
    key === undefined ? undefined : `Only with \`${[key, ...values].join(': ')}\`.`,
    takers.length < commands.length && takers[0] !== 'train' ? `For ${takers.join(', ')}.` : undefined,
    state === '' ? undefined : `*${because === undefined ? state : `${state}: ${because}`}*`,
  ].filter((note) => note !== undefined);
}
