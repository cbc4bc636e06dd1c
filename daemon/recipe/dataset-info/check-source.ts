// Where an entry's rows come from: one source, which exists, is of a kind that can be read, and holds rows.
import * as l10n from '@vscode/l10n';
import { valueOf } from './document.ts';
import type { EntryView } from './entry.ts';
import { sourceNames } from './fields.ts';

/** File endings that decide the reader, in lower case only. */
export const dataEndings: readonly string[] = ['.json', '.jsonl', '.csv', '.parquet', '.arrow', '.txt'];

/** Those that Anneal reads as well, and LLaMA-Factory does not: upper case, compressed, with tabs. */
const readsHere = (ending: string): boolean =>
  dataEndings.includes(ending.toLowerCase()) || ['.gz', '.ndjson', '.tsv'].includes(ending.toLowerCase());

const isHub = (source: string): boolean => source.endsWith('_hub_url');

export function checkSource(view: EntryView): void {
  const { entry, document } = view;
  const named = sourceNames.flatMap((name) => entry.fields.get(name) ?? []);
  const used = named.filter(({ value }) => valueOf(value) !== null && valueOf(value) !== '');
  const [first, ...others] = used;
  if (!first) {
    const message = l10n.t('The entry names no data: add "file_name" with a file in this folder, or "hf_hub_url".');
    document.report(named[0]?.value ?? entry.key, 'error', 'missing-source', message);
    return;
  }
  for (const { key, name } of others) {
    // the same data at several hubs: which one is asked is for the machine to say
    if (isHub(name) && isHub(first.name)) continue;
    const message = l10n.t('Only {0} is used; {1} is ignored beside it: remove one of the two.', first.name, name);
    document.report(key, 'warning', 'multiple-sources', message);
  }
  if (first.name !== 'file_name') return;
  const name = valueOf(first.value);
  if (typeof name === 'string') checkFile(view, name, first.value);
  checkSplit(view);
  checkSamples(view);
}

/** Whether a path goes above the folder it begins in. */
function leaves(path: string): boolean {
  let depth = 0;
  for (const part of path.split(/[/\\]/)) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}

function checkFile(view: EntryView, name: string, place: { offset: number; length: number }): void {
  const { document, data } = view;
  const quoted = (text: string): { title: string; text: string } => ({
    title: l10n.t('Change to {0}', JSON.stringify(text)),
    text: JSON.stringify(text),
  });
  if (/^([/\\]|[A-Za-z]:[/\\]|~)/.test(name) || leaves(name)) {
    const message = l10n.t('The path leaves this folder, so the entry works on this machine only: move the data beside dataset_info.json and name it from here.'); // prettier-ignore
    document.report(place, 'warning', 'path-outside-dataset-dir', message);
  }
  if (!data) return;
  if (data.state === 'missing') {
    const message =
      data.near === undefined
        ? l10n.t('There is no file "{0}" in this folder: check the name, or put the data there.', name)
        : l10n.t('There is no file "{0}" in this folder; did you mean "{1}"?', name, data.near);
    document.report(place, 'error', 'file-not-found', message, data.near === undefined ? undefined : quoted(data.near));
    return;
  }
  const unknown = data.endings.filter((ending) => !dataEndings.includes(ending));
  const kinds = new Set(data.endings.map((ending) => (ending === '.jsonl' ? '.json' : ending)));
  if (kinds.size > 1) {
    const message = l10n.t('The folder holds files of different kinds ({0}): leave only those of one kind in it.', data.endings.map((ending) => ending || l10n.t('no ending')).join(', ')); // prettier-ignore
    document.report(place, 'error', 'mixed-file-types', message);
  } else if (unknown.length > 0) {
    const [ending = ''] = unknown;
    const what = ending === '' ? l10n.t('has no ending') : l10n.t('ends in {0}', ending);
    const message = l10n.t('The file {0}, and the ending says how it is read: rename it to one of {1}.', what, dataEndings.join(', ')); // prettier-ignore
    document.report(place, readsHere(ending) ? 'warning' : 'error', 'unsupported-file-type', message);
  } else if (data.allRows && data.rows === 0) {
    document.report(place, 'error', 'empty-data-file', l10n.t('There are no rows in "{0}": fill it, or remove the entry.', name)); // prettier-ignore
  }
}

function checkSplit({ entry, document }: EntryView): void {
  const split = entry.fields.get('split');
  const name = split && valueOf(split.value);
  if (!split || typeof name !== 'string' || /^train(\[.*\])?$/.test(name)) return;
  const message = l10n.t('A file has only the split "train": write that, or leave split out.');
  document.report(split.value, 'error', 'invalid-enum', message, { title: l10n.t('Change to {0}', '"train"'), text: '"train"' }); // prettier-ignore
}

function checkSamples(view: EntryView): void {
  const { entry, document, data } = view;
  const samples = entry.fields.get('num_samples');
  const wanted = samples && valueOf(samples.value);
  if (!samples || !data?.allRows || data.rows === 0 || typeof wanted !== 'number' || wanted <= data.rows) return;
  const message = l10n.t('num_samples asks for {0} of {1} rows, so some would be repeated at random: write {1} or less.', wanted, data.rows); // prettier-ignore
  document.report(samples.value, 'warning', 'num-samples-exceeds-rows', message, {
    title: l10n.t('Change to {0}', data.rows),
    text: String(data.rows),
  });
}
