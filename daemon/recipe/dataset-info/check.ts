// What is wrong with a dataset_info.json, and with what it says about its data. Pure: facts of files are handed in.
import * as l10n from '@vscode/l10n';
import type { Finding } from '../finding.ts';
import { checkColumns } from './check-columns.ts';
import { checkFields, checkNames } from './check-fields.ts';
import { checkSource } from './check-source.ts';
import { checkTags } from './check-tags.ts';
import { parseInfo, valueOf, type InfoDocument, type InfoEntry } from './document.ts';
import { viewEntry } from './entry.ts';
import type { FactsOf } from './facts.ts';

export interface InfoUse {
  /** Only these entries; all where it is left out. */
  readonly entries?: readonly string[];
  /** The stage of the recipe that uses them, where one is known. */
  readonly stage?: string | undefined;
}

export interface CheckedInfo {
  /** In the order of the text. */
  readonly findings: Finding[];
  /** Entries without an error, whose rows can be looked at. */
  readonly sound: readonly string[];
}

/** Findings of a dataset_info.json. `factsOf` says what is known of a file; without it only the text is looked at. */
export const checkDatasetInfo = (text: string, file: string, factsOf?: FactsOf, use?: InfoUse): Finding[] =>
  inspectDatasetInfo(text, file, factsOf, use).findings;

export function inspectDatasetInfo(
  text: string,
  file: string,
  factsOf: FactsOf = () => undefined,
  use: InfoUse = {},
): CheckedInfo {
  const document = parseInfo(text, file);
  const sound: string[] = [];
  for (const entry of document.entries) {
    if (use.entries && !use.entries.includes(entry.name)) continue;
    const before = document.findings.length;
    checkEntry(entry, document, factsOf, use.stage);
    if (!document.findings.slice(before).some(({ severity }) => severity === 'error')) sound.push(entry.name);
  }
  return { findings: document.findings.sort((a, b) => a.line - b.line || a.column - b.column), sound };
}

function checkEntry(entry: InfoEntry, document: InfoDocument, factsOf: FactsOf, stage: string | undefined): void {
  checkNames(entry, document);
  const value = valueOf(entry.node);
  if (entry.node.type !== 'object') {
    const asFile = typeof value === 'string' ? `{ "file_name": ${JSON.stringify(value)} }` : undefined;
    document.report(
      entry.node,
      'error',
      'entry-not-mapping',
      l10n.t('An entry must be an object, like {0}.', asFile ?? '{ "file_name": "rows.jsonl" }'),
      asFile === undefined ? undefined : { title: l10n.t('Write {0}', asFile), text: asFile },
    );
    return;
  }
  const fileName = entry.fields.get('file_name');
  const name = fileName && valueOf(fileName.value);
  const local = !['hf_hub_url', 'ms_hub_url', 'om_hub_url', 'script_url', 'cloud_file_name'].some((key) => entry.fields.has(key)); // prettier-ignore
  const view = viewEntry(entry, document, local && typeof name === 'string' && name !== '' ? factsOf(name) : undefined, stage); // prettier-ignore
  if (!view) return;
  const sound = checkFields(view);
  checkSource(view);
  // a layout that nobody knows says nothing about columns
  if (!sound) return;
  const shaped = checkColumns(view);
  if (view.formatting !== 'alpaca' && shaped) checkTags(view);
}
