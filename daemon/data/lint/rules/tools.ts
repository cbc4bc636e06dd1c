// Rules on tools and the calls of them, both of which rows hold as JSON inside of texts.
import * as l10n from '@vscode/l10n';
import { isRow } from '../../align/row.ts';
import type { Checker } from '../checker.ts';
import type { LintRow, Path } from '../row.ts';

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The tools of a row: JSON text with a list, or (openai) the list itself. */
export function checkTools({ report, use, hash }: Checker, row: LintRow, path: Path, value: unknown): void {
  if (value === undefined || value === null || value === '') return;
  const invalid = (message: () => string, text?: string): void =>
    report.row(row, 'tools-invalid', path, message, {
      fix: text === undefined ? undefined : { title: l10n.t('Write it as JSON text'), text },
    });
  if (typeof value !== 'string' && (use.entry.formatting !== 'openai' || typeof value !== 'object')) {
    const text = typeof value === 'object' ? JSON.stringify(JSON.stringify(value)) : undefined;
    invalid(() => l10n.t('Tools must be JSON text, a list in quotes: only openai rows take the list itself.'), text);
    return;
  }
  if (typeof value === 'string') hash.add(value);
  const tools = typeof value === 'string' ? parse(value) : value;
  if (tools === undefined) {
    invalid(() => l10n.t('The text of the tools is not JSON: write a list of objects with "name", "description" and "parameters".')); // prettier-ignore
    return;
  }
  if (!Array.isArray(tools)) {
    const text = typeof value === 'string' && isRow(tools) ? JSON.stringify(JSON.stringify([tools])) : undefined;
    invalid(() => l10n.t('Tools must be a list, also where there is one only: write [ ] around it.'), text);
    return;
  }
  for (const [i, tool] of (tools as unknown[]).entries()) {
    const inner = isRow(tool) && tool['type'] === 'function' ? tool['function'] : tool;
    const name = isRow(inner) ? inner['name'] : undefined;
    if (typeof name === 'string' && name !== '') {
      if (use.template?.tool_format === 'default' && isRow(inner) && !hasProperties(inner['parameters']))
        invalid(() => l10n.t('The tool "{0}" has no "parameters" with "properties", which this template writes out: add them.', name)); // prettier-ignore
      continue;
    }
    invalid(() => l10n.t('Tool {0} has no name: give it a "name".', i + 1));
    return;
  }
}

const hasProperties = (parameters: unknown): boolean => isRow(parameters) && isRow(parameters['properties']);

/** A message that is a call: JSON with name and arguments, perhaps inside of the template's words around thoughts and calls. */
export function checkCall({ report, use }: Checker, row: LintRow, path: Path, content: string): void {
  const { thought_words: thought, tool_call_words: call } = use.template ?? {
    thought_words: ['<think>', '</think>'],
    tool_call_words: ['<tool_call>', '</tool_call>'],
  };
  const inner = between(content, call) ?? without(content, thought);
  const parsed = parse(inner);
  if (parsed === undefined) {
    report.row(row, 'function-call-invalid', path, () => l10n.t('A call must be JSON with "name" and "arguments", like {0}.', '{"name": "search", "arguments": {"query": "tides"}}')); // prettier-ignore
    return;
  }
  const calls: unknown[] = Array.isArray(parsed) ? (parsed as unknown[]) : [parsed];
  for (const each of calls) {
    if (isRow(each) && typeof each['name'] === 'string' && each['arguments'] !== undefined) continue;
    const lacks = !isRow(each) || typeof each['name'] !== 'string' ? 'name' : 'arguments';
    report.row(row, 'function-call-invalid', path, () => l10n.t('The call has no "{0}": write {1}.', lacks, '{"name": …, "arguments": {…}}')); // prettier-ignore
    return;
  }
}

/** tool_calls of an openai message. */
export function checkToolCalls({ report, hash }: Checker, row: LintRow, path: Path, value: unknown): void {
  if (!Array.isArray(value)) {
    report.row(row, 'function-call-invalid', path, () => l10n.t('"tool_calls" must be a list of calls, also where there is one only.')); // prettier-ignore
    return;
  }
  for (const [i, call] of (value as unknown[]).entries()) {
    const inner = isRow(call) ? call['function'] : undefined;
    const invalid = (message: () => string, at: Path = [...path, i]): void =>
      report.row(row, 'function-call-invalid', at, message);
    if (!isRow(inner)) {
      invalid(() => l10n.t('A call must have a "function" with "name" and "arguments".'));
      continue;
    }
    const { name, arguments: given } = inner;
    if (typeof name !== 'string' || name === '') invalid(() => l10n.t('The call has no "{0}": write {1}.', 'name', '{"name": …, "arguments": {…}}')); // prettier-ignore
    else if (given === undefined) invalid(() => l10n.t('The call has no "{0}": write {1}.', 'arguments', '{"name": …, "arguments": {…}}')); // prettier-ignore
    else if (typeof given === 'string' && parse(given) === undefined)
      invalid(() => l10n.t('The arguments of a call must be JSON: write an object with a value for each parameter.'), [...path, i, 'function', 'arguments']); // prettier-ignore
    hash.add(JSON.stringify(inner));
  }
}

function between(content: string, [open, close]: readonly string[]): string | undefined {
  const start = open === undefined || open === '' ? -1 : content.indexOf(open);
  const end = start < 0 || close === undefined ? -1 : content.indexOf(close, start);
  return end < 0 || open === undefined ? undefined : content.slice(start + open.length, end);
}

function without(content: string, [open, close]: readonly string[]): string {
  const inner = between(content, [open?.trim() ?? '', close?.trim() ?? '']);
  return inner === undefined ? content : content.replace(`${open?.trim()}${inner}${close?.trim()}`, '');
}
