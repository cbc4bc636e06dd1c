// Runs the checks over rows written in a test, and tells findings by what they point at.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEntry } from '../../../recipe/dataset-info.ts';
import type { Finding } from '../../../recipe/finding.ts';
import { RowsCheck, type RowsOptions } from '../check-rows.ts';
import { rowsUse } from '../check-datasets.ts';

export interface Given {
  /** Fields of the entry beside file_name. */
  readonly entry?: Readonly<Record<string, unknown>>;
  readonly stage?: string;
  readonly template?: string;
  readonly cutoff?: number;
  readonly file?: string;
  readonly options?: RowsOptions;
}

/** The tags of OpenAI's layout, with messages in "messages". */
export const roles = {
  columns: { messages: 'messages' },
  tags: { role_tag: 'role', content_tag: 'content', user_tag: 'user', assistant_tag: 'assistant', observation_tag: 'tool', function_tag: 'function', system_tag: 'system' },
} as const; // prettier-ignore

/** All findings on a text or bytes, read from a file of that name. */
export async function findings(content: string | Uint8Array, given: Given = {}): Promise<Finding[]> {
  const { file = 'rows.jsonl', entry = {}, stage = 'sft', template = 'qwen', cutoff = 2048, options } = given;
  const folder = mkdtempSync(join(tmpdir(), 'anneal-rows-'));
  const path = join(folder, file);
  writeFileSync(path, content);
  const parsed = parseEntry('mine', { file_name: file, ...entry }, 'dataset_info.json');
  const use = rowsUse(parsed, { datasetDir: folder, stage, templateName: template, cutoffLength: cutoff });
  const found: Finding[] = [];
  for await (const finding of new RowsCheck(file, { path }, use, options).run()) found.push(finding);
  return found;
}

/** Findings as `line severity code ‹text at the range›`, without the summary; ranges over several lines end with their first. */
export async function told(content: string | Uint8Array, given: Given = {}): Promise<string[]> {
  const text = typeof content === 'string' ? content : new TextDecoder().decode(content);
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  return (await findings(content, given))
    .filter(({ code }) => code !== 'rows-summary')
    .map(({ line, column, endLine, endColumn, severity, code }) => {
      const whole = lines[line - 1] ?? '';
      const at = whole.slice(column - 1, endLine > line ? undefined : endColumn - 1);
      return `${line} ${severity} ${code} ‹${at.length > 40 ? `${at.slice(0, 40)}…` : at}›`;
    });
}

/** Rows as JSONL. */
export const jsonl = (...rows: unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
