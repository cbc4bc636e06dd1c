// What OpenAI's layout has beyond sharegpt's: calls in fields of their own, several tool results in a row, and the system
// line that LLaMA-Factory 0.9.5 adds to every such row.
import type { Tags } from '../../recipe/dataset-info.ts';
import { dumpPython, type PythonValue } from '../template/python-json.ts';
import { isRow, textOf, type Row } from './row.ts';

/** Calls become function messages; neighbouring tool results become one; results at the very end are lost, as upstream. */
export function openaiMessages(items: readonly Row[], tags: Tags): Row[] {
  const { role_tag: role = '', content_tag: content = '', observation_tag: tool, function_tag: call } = tags;
  const messages: Row[] = [];
  let results: string[] = [];
  for (const item of items) {
    if (item[role] === tool) {
      results.push(textOf(item[content]));
      continue;
    }
    if (results.length > 0) {
      messages.push({ [role]: tool, [content]: results.join('\n</tool_response>\n<tool_response>\n') });
      results = [];
    }
    const calls = item['tool_calls'];
    if (Array.isArray(calls) && calls.length > 0) {
      const functions = calls.filter(isRow).map((each) => each['function']);
      messages.push({ [role]: call, [content]: dumpPython(functions as PythonValue) });
    } else {
      messages.push(item);
    }
  }
  return messages;
}

/** Upstream marks every row as one without thinking, unless its system text says otherwise. */
export function openaiSystem(system: string, tools: string): string {
  if (system === '') return tools === '' ? 'detailed thinking off' : '';
  if (tools !== '') return `${system}\n`;
  return /detailed thinking (on|off)/.test(system) ? system : `${system}\ndetailed thinking off`;
}
