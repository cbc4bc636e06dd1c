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

/**
 * Findings of a dataset_info.json in the order of the text. `factsOf` says what is known of a file; without it only the text
 * itself is looked at.
 */
export function checkDatasetInfo(
  text: string,
  file: string,
  factsOf: FactsOf = () => undefined,
  use: InfoUse = {},
): Finding[] {
  const document = parseInfo(text, file);
  for (const entry of document.entries) {
    if (use.entries && !use.entries.includes(entry.name)) continue;
    checkEntry(entry, document, factsOf, use.stage);
  }
  return document.findings.sort((a, b) => a.line - b.line || a.column - b.column);
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
