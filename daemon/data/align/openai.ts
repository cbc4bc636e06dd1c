// What OpenAI's layout has beyond sharegpt's: calls in fields of their own, several tool results in a row, and the system
// line that LLaMA-Factory 0.9.5 adds to every such row.
import type { Tags } from '../../recipe/dataset-info.ts';
import type { Place } from '../conversation.ts';
import type { Origin } from '../example.ts';
import { dumpPython, toPython } from '../template/python-json.ts';
import { isEmpty, isRow, kindOf, RowError, type Row } from './row.ts';
import { roleOf, weightOf, type Turn } from './turn.ts';
import type { WrittenRow } from './written-row.ts';

/** What stands between tool results that follow each other, whatever the template. */
export const betweenResults = '\n</tool_response>\n<tool_response>\n';

/** Calls become function messages; neighbouring tool results become one; results at the very end are lost, as upstream. */
export function openaiTurns(
  items: readonly Row[],
  start: number,
  tags: Tags,
  column: string,
  origin: Origin,
  written?: WrittenRow,
): Turn[] {
  const [roleTag, contentTag] = [tags.role_tag ?? '', tags.content_tag ?? ''];
  const turns: Turn[] = [];
  let results: string[] = [];
  let weight: number | undefined;
  for (let index = start; index < items.length; index++) {
    const item = items[index] as Row;
    let author = item[roleTag];
    let content = item[contentTag];
    const answers = (author ?? undefined) === tags.assistant_tag || (author ?? undefined) === tags.function_tag;
    if (answers && !isEmpty(item['tool_calls'])) {
      content = calls(item['tool_calls'], [column, index, 'tool_calls'], origin, written);
      author = tags.function_tag;
    }
    if ((author ?? undefined) === tags.observation_tag) {
      if (typeof content !== 'string')
        throw new RowError(origin, 'content-not-string', [column, index, contentTag], `has ${kindOf(content)} as the content of a tool's result, which must be text`); // prettier-ignore
      results.push(content);
      weight = weightOf(item, column, index, origin) ?? weight;
      continue;
    }
    if (results.length > 0) {
      const joined = results.join(betweenResults);
      turns.push({ role: 'observation', author: tags.observation_tag, content: joined, weight, index: index - 1 });
      results = [];
      weight = undefined;
    }
    const role = roleOf(author, tags);
    if (role === undefined)
      throw new RowError(origin, 'unknown-role', [column, index, roleTag], `has a message from "${String(author)}", which is none of the tags in dataset_info.json`); // prettier-ignore
    turns.push({ role, author, content, weight: weightOf(item, column, index, origin), index });
  }
  return turns;
}

/** The function objects of tool_calls as JSON text. */
function calls(value: unknown, at: Place, origin: Origin, written: WrittenRow | undefined): string {
  const list: unknown[] = Array.isArray(value) ? value : [undefined];
  const functions = list.map((call) => (isRow(call) ? call['function'] : undefined));
  if (functions.some((each) => each === undefined))
    throw new RowError(origin, 'function-call-invalid', at, 'has tool_calls that are not a list of objects with a "function" each'); // prettier-ignore
  return dumpPython(functions.map((each, i) => written?.at([...at, i, 'function']) ?? toPython(each)));
}

/** Upstream marks every row as one without thinking, unless its system text says otherwise. */
export function openaiSystem(system: string, tools: string): string {
  if (system === '') return tools === '' ? 'detailed thinking off' : '';
  if (tools !== '') return `${system}\n`;
  return /detailed thinking (on|off)/.test(system) ? system : `${system}\ndetailed thinking off`;
}
