// Rows as the messages a chat template expects: calls as tool_calls, results from the role tool, tools as objects.
import { betweenResults } from '../align/openai.ts';
import type { Message } from '../conversation.ts';
import type { Template } from './registry.ts';
import type { Rendered } from './render.ts';
import { callsInWords, renderTools } from './tools.ts';
import type { ChatMessage, ChatTemplate, ToolCallMessage } from './chat-template.ts';
import { isList, isMapping, parsePython, PythonNumber, pythonText, type PythonValue } from './python-json.ts';
import { RenderError } from './render-error.ts';
import { between } from './text.ts';

/** Whether a template looks at everything a row has: tools, calls, results. What it does not know would be lost. */
export function knowsAll({ knows }: ChatTemplate, messages: readonly Message[], tools: string): boolean {
  if (tools !== '' && !knows.tools) return false;
  return messages.every(({ role }) => (role === 'function' ? knows.calls : role !== 'observation' || knows.results));
}

/** A row whose tools and calls are written in words, in a tool format; results become questions, as upstream takes them here. */
export function inWords(
  row: Rendered,
  format: string,
  { tool_call_words, thought_words }: Template,
  today: string,
): Rendered {
  const messages = row.messages.map((message): Message => {
    if (message.role === 'observation') return { ...message, role: 'user' };
    if (message.role !== 'function') return message;
    const content = callsInWords(message.content, format, tool_call_words, thought_words);
    return { ...message, role: 'assistant', content };
  });
  const tools = row.tools === '' ? '' : renderTools(format, row.tools, today);
  return { messages, system: row.system + tools, tools: '' };
}

/** One message as one or, for several results in a row, more. */
export function chatMessages({ role, content }: Message, callWords: readonly [string, string]): ChatMessage[] {
  switch (role) {
    case 'user':
    case 'assistant':
    case 'system':
      return [{ role, content }];
    case 'observation':
      return content.split(betweenResults).map((part) => ({ role: 'tool', content: part }));
    case 'function': {
      const call = between(content, callWords);
      const before = call ? content.replaceAll(call.whole, '') : thoughtOf(content);
      const json = call ? call.inner : content.slice(before.length);
      return [{ role: 'assistant', content: before, tool_calls: callsOf(json) }];
    }
  }
}

/** A thought in front of a call. */
function thoughtOf(content: string): string {
  const thought = between(content, ['<think>', '</think>']);
  return thought && content.startsWith(thought.whole) ? (/^.*?<\/think>\s*/s.exec(content)?.[0] ?? '') : '';
}

function callsOf(json: string): ToolCallMessage[] {
  let parsed: PythonValue;
  try {
    parsed = parsePython(json);
  } catch (cause) {
    throw new RenderError('function-content-not-json', `has a function message that is not JSON: ${json.slice(0, 80)}`, { cause }); // prettier-ignore
  }
  return (isList(parsed) ? parsed : [parsed]).map((call) => {
    const [name, args] = isMapping(call) ? [call.get('name'), call.get('arguments')] : [];
    if (name === undefined || args === undefined)
      throw new RenderError('function-content-not-json', `has a call without name or arguments: ${json.slice(0, 80)}`);
    return { type: 'function', function: { name: pythonText(name), arguments: plain(args) } };
  });
}

/** A row's tools as a list of {type: function, function: …}; undefined where it has none. */
export function chatTools(tools: string): unknown[] | undefined {
  if (tools === '') return undefined;
  let parsed: PythonValue;
  try {
    parsed = parsePython(tools);
  } catch (cause) {
    throw new RenderError('tools-not-json', `has tools that are not JSON: ${tools.slice(0, 80)}`, { cause });
  }
  if (!isList(parsed) || !parsed.every(isMapping))
    throw new RenderError('tools-not-list', `has tools that are not a list of objects: ${tools.slice(0, 80)}`);
  if (parsed.length === 0) return undefined;
  return parsed.map((tool) => (tool.get('type') === 'function' ? plain(tool) : { type: 'function', function: plain(tool) })); // prettier-ignore
}

/** As JavaScript values; keys that look like numbers lose their order. */
function plain(value: PythonValue): unknown {
  if (value instanceof PythonNumber) return Number(value.text);
  if (isMapping(value)) return Object.fromEntries([...value].map(([key, entry]) => [key, plain(entry)]));
  return isList(value) ? value.map(plain) : value;
}
