// Rules about the entries of dataset_info.json that a recipe names.
import * as l10n from '@vscode/l10n';
import type { DatasetInfoFacts } from '../facts/facts.ts';
import { split } from '../facts/files.ts';
import type { Fix } from '../finding.ts';
import type { Part } from '../parts.ts';
import { nearest } from '../suggest.ts';
import { filled, rule, TRAIN, type Problem, type Rule, type RuleInput } from './rule.ts';

const KEYS = ['dataset', 'eval_dataset'] as const;
type DatasetKey = (typeof KEYS)[number];
type Known = Extract<DatasetInfoFacts, { state: 'read' }>;

/** Replaces one name of several. */
const rename = ({ range }: Part, to: string): Fix => ({
  title: l10n.t('Change to {0}', to),
  text: to,
  ...(range ? { edits: [{ range, text: to }] } : {}),
});

/** The entry that was meant: a near name, the entry of a file that is named, or one that begins alike. */
function meant(name: string, { entries }: Known): string | undefined {
  const names = [...entries.keys()];
  const file = split(name).name.toLowerCase();
  const stem = file.replace(/\.(json|jsonl|csv|parquet|arrow|txt)$/, '');
  const ofFile = names.find((each) => {
    const own = split(entries.get(each)?.fileName ?? '').name.toLowerCase();
    return own !== '' && (own === file || (stem !== file && each.toLowerCase() === stem));
  });
  return (
    names.find((each) => each.toLowerCase() === name.toLowerCase()) ??
    ofFile ??
    nearest(name, names) ??
    names.find((each) => each.length > 3 && (name.startsWith(each) || each.startsWith(name)) && name.length > 3)
  );
}

function undefinedNames(input: RuleInput, key: DatasetKey): Problem[] {
  const { facts } = input;
  const info = facts.datasetInfo;
  if (info?.state !== 'read') return [];
  return [...emptyNames(input, key), ...unknownNames(input, key, info)];
}

/** "a,,b" and "a," name an entry without a name. */
function emptyNames({ recipe, parts, set }: RuleInput, key: DatasetKey): Problem[] {
  const value = recipe[key];
  if (typeof value !== 'string' || value.trim() === '' || value.split(',').every((name) => name.trim() !== '')) return []; // prettier-ignore
  const message = l10n.t('A comma too many in {0} stands for an entry without a name, at which LLaMA-Factory stops.', key); // prettier-ignore
  return [{ key, on: 'value', message, fix: set(key, parts(key).map(({ text }) => text).join(',')) }]; // prettier-ignore
}

function unknownNames({ parts }: RuleInput, key: DatasetKey, info: Known): Problem[] {
  return parts(key)
    .filter(({ text }) => !info.entries.has(text))
    .map((part) => {
      const close = meant(part.text, info);
      const names = [...info.entries.keys()].slice(0, 10).join(', ');
      return {
        key,
        on: 'value',
        range: part.range,
        message: close
          ? l10n.t('{0} has no entry "{1}"; did you mean {2}?', info.path, part.text, close)
          : l10n.t('{0} has no entry "{1}"; it has {2}.', info.path, part.text, names),
        fix: close === undefined ? undefined : rename(part, close),
      };
    });
}

/** Each entry is of pairs, thumbs or plain rows, and each stage takes some. */
function kindOf({ ranking, thumbs }: { ranking: boolean; thumbs: boolean }): 'pairs' | 'thumbs' | 'plain' {
  return ranking ? 'pairs' : thumbs ? 'thumbs' : 'plain';
}

function mismatches({ recipe, facts, parts, set }: RuleInput, wanted: 'ranking' | 'thumbs'): Problem[] {
  const info = facts.datasetInfo;
  if (info?.state !== 'read') return [];
  const { stage } = recipe;
  const takesPairs = stage === 'rm' || stage === 'dpo';
  return KEYS.flatMap((key) =>
    parts(key).flatMap(({ text, range }): Problem[] => {
      const entry = info.entries.get(text);
      if (!entry) return [];
      const kind = kindOf(entry);
      const at = { key, on: 'value', range } as const;
      if (wanted === 'ranking') {
        if (takesPairs === (kind === 'pairs')) return [];
        const fix = kind === 'pairs' ? set('stage', 'dpo') : undefined;
        const message = takesPairs
          ? l10n.t('Stage {0} takes preference pairs, and {1} is no such dataset (ranking is not true).', stage, text)
          : l10n.t('{0} holds preference pairs (ranking is true), which stage {1} does not take: they are for dpo and rm.', text, stage); // prettier-ignore
        return [{ ...at, message, fix }];
      }
      if (stage === 'kto' && kind === 'plain')
        return [{ ...at, message: l10n.t('Stage kto takes rows with thumbs, and {0} maps no kto_tag: every row would be dropped.', text) }]; // prettier-ignore
      if (stage === 'sft' && kind === 'thumbs' && (recipe.do_train || recipe.do_eval))
        return [{ ...at, message: l10n.t('{0} holds rows with thumbs (kto_tag), which stage {1} drops: they are for kto.', text, stage), fix: set('stage', 'kto') }]; // prettier-ignore
      return [];
    }),
  );
}

export const datasetRules: readonly Rule[] = [
  rule(
    'dataset-info-missing',
    'error',
    ['dataset_dir', 'dataset', 'eval_dataset'],
    ({ recipe, given, facts }) => {
      const info = facts.datasetInfo;
      if (!info || info.state === 'read' || (!filled(recipe.dataset) && !filled(recipe.eval_dataset))) return undefined;
      const key = given.has('dataset_dir') ? 'dataset_dir' : filled(recipe.dataset) ? 'dataset' : 'eval_dataset';
      return {
        key,
        on: 'value',
        message:
          info.state === 'missing'
            ? l10n.t('There is no {0}, where datasets are looked up: set dataset_dir to its folder.', info.path)
            : l10n.t('{0} cannot be read as one JSON object: the datasets in it are not known.', info.path),
      };
    },
    TRAIN,
  ),
  rule(
    'dataset-undefined',
    'error',
    ['dataset', 'eval_dataset', 'dataset_dir'],
    (input) => KEYS.flatMap((key) => undefinedNames(input, key)),
    TRAIN,
  ),
  rule('dataset-stage-ranking', 'error', ['stage', 'dataset', 'eval_dataset'], (input) => mismatches(input, 'ranking'), TRAIN), // prettier-ignore
  rule('dataset-stage-thumbs', 'error', ['stage', 'dataset', 'eval_dataset'], (input) => mismatches(input, 'thumbs'), TRAIN), // prettier-ignore
];
