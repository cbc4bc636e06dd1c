// dataset_info.json with positions: entries, their fields, and what keeps the text from being read.
import { getNodeValue, type Node } from 'jsonc-parser';
import * as l10n from '@vscode/l10n';
import type { Finding, Fix, Severity } from '../finding.ts';
import { LineIndex, syntaxProblem, treeOf } from './json-text.ts';

export interface InfoField {
  readonly name: string;
  readonly key: Node;
  readonly value: Node;
}

export interface InfoEntry {
  readonly name: string;
  readonly key: Node;
  readonly node: Node;
  readonly fields: ReadonlyMap<string, InfoField>;
}

export interface InfoDocument {
  readonly text: string;
  readonly entries: readonly InfoEntry[];
  /** Findings so far; `report` adds to them. */
  readonly findings: Finding[];
  report(place: Place, severity: Severity, code: string, message: string, fix?: Fix): void;
  /** A fix that writes a text in front of a place. */
  insertion(place: Place, title: string, text: string): Fix;
}

export interface Place {
  readonly offset: number;
  readonly length: number;
}

/** Reads a text as far as it can be read; what is wrong with it as JSON is among the findings. */
export function parseInfo(source: string, file: string): InfoDocument {
  const text = source.replace(/^\uFEFF/, '');
  const lines = new LineIndex(text);
  const findings: Finding[] = [];
  const report: InfoDocument['report'] = ({ offset, length }, severity, code, message, fix) =>
    void findings.push({ file, ...lines.range(offset, length), severity, code, message, ...(fix ? { fix } : {}) });
  const insertion: InfoDocument['insertion'] = ({ offset }, title, added) => ({
    title,
    text: added,
    edits: [{ range: lines.range(offset, 0), text: added }],
  });
  const empty = { text, entries: [], findings, report, insertion };
  if (text.length < source.length) {
    const message = l10n.t('The file starts with a byte order mark, at which LLaMA-Factory stops: save it as UTF-8 without one.'); // prettier-ignore
    report({ offset: 0, length: 0 }, 'warning', 'file-bom', message);
  }
  if (text.trim() === '') {
    const message = l10n.t('The file is empty: write one object with a data set for each key, like {0}.', example);
    report({ offset: 0, length: 0 }, 'error', 'top-level-not-mapping', message);
    return empty;
  }
  const problem = syntaxProblem(text);
  if (problem) {
    const code = problem.kind === 'invisible' ? 'invisible-character' : 'json-syntax';
    report(problem, 'error', code, problem.message, problem.fix);
  }
  const root = treeOf(text);
  if (!root || root.type !== 'object') {
    if (!problem) {
      const message = l10n.t('The file must be one object with a data set for each key, like {0}.', example);
      const list = root ? { offset: root.offset, length: 1 } : { offset: 0, length: 1 };
      report(list, 'error', 'top-level-not-mapping', message);
    }
    return empty;
  }
  // what follows a mistake may be read wrongly: it is looked at once that is mended
  const sound = problem && !problem.harmless ? beforeLines(text, problem.offset) : text.length;
  const entries = fieldsOf(root, report)
    .filter(({ value }) => value.offset + value.length <= sound)
    .map(({ name, key, value }): InfoEntry => {
      const fields = fieldsOf(value, report).map((field) => [field.name, field] as const);
      return { name, key, node: value, fields: new Map(fields) };
    });
  return { ...empty, entries };
}

/** Where the line in front of an offset's line begins: what ends beside a mistake may be a part of it. */
const beforeLines = (text: string, offset: number): number => text.lastIndexOf('\n', text.lastIndexOf('\n', offset - 1) - 1) + 1; // prettier-ignore

const example = '{"my_rows": {"file_name": "rows.jsonl"}}';

/** Fields of an object in their order; of a name that is given twice the last one, with a finding there. */
export function fieldsOf(node: Node | undefined, report: InfoDocument['report']): InfoField[] {
  const fields = new Map<string, InfoField>();
  for (const property of node?.type === 'object' ? (node.children ?? []) : []) {
    const [key, value] = property.children ?? [];
    if (!key || !value) continue;
    const name = String(getNodeValue(key));
    if (fields.delete(name)) {
      const message = l10n.t('"{0}" is given twice, and only the last one is read: rename or remove one of them.', name); // prettier-ignore
      report(key, 'error', 'duplicate-key', message);
    }
    fields.set(name, { name, key, value });
  }
  return [...fields.values()];
}

/** The plain value of a node. */
export const valueOf = (node: Node): unknown => getNodeValue(node) as unknown;
