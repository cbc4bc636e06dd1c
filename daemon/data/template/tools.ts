// Tool formats: how tools are written into the system text and calls into an answer, by one interpreter of their data.
import { UserError } from '../../errors.ts';
import {
  dumpPython,
  fieldText,
  isList,
  isMapping,
  parsePython,
  pythonText,
  type PythonMapping,
  type PythonValue,
} from './python-json.ts';
import { RenderError } from './render-error.ts';
import { between } from './text.ts';
import { toolFormats, type ToolFormat } from './tool-formats.ts';

/** A format by name. Throws UserError naming all of them. */
export function formatOf(name: string): ToolFormat {
  const format = Object.hasOwn(toolFormats, name) ? toolFormats[name] : undefined;
  if (!format)
    throw new UserError(
      'unknown-tool-format',
      `There is no tool format "${name}": choose tool_format from ${Object.keys(toolFormats).join(', ')}.`,
    );
  return format;
}

const fill = (pattern: string, values: Readonly<Record<string, string>>): string =>
  pattern.replace(/\{\{([^}]*)\}\}/g, (whole, key: string) => values[key] ?? whole);

const shown = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)} …` : text);

/** The text that tools add to the system text. `today` as "15 Jan 2025". Throws RenderError where they are no list of tools. */
export function renderTools(formatName: string, tools: string, today: string): string {
  const { system } = formatOf(formatName);
  const list = parseTools(tools, system.unwrap === 'given');
  if (!isList(list)) return fill(system.system, { tools: dumpPython(list), date: today });
  if (list.length === 0) return '';
  if (system.unwrap === 'given') return fill(system.system, { tools: dumpPython(list), date: today });
  const shaped = (list as readonly PythonMapping[]).map((tool) => unwrap(tool, system.unwrap));
  const joined = system.tool === undefined ? dumpPython(shaped) : shaped.map((tool) => writeTool(tool, system)).join(system.join ?? ''); // prettier-ignore
  const names = shaped.map((tool) => (isMapping(tool) ? pythonText(tool.get('name')) : '')).join(', ');
  return fill(system.system, { tools: joined, names, date: today });
}

function writeTool(tool: PythonValue, system: ToolFormat['system']): string {
  const mapping: PythonMapping = isMapping(tool) ? tool : new Map();
  const needsName = system.named === true || typeof system.tool === 'function';
  if (needsName && !mapping.has('name')) throw new RenderError('tools-no-name', 'has a tool without a name');
  if (typeof system.tool === 'function') return system.tool(mapping);
  return fill(system.tool ?? '', {
    name: pythonText(mapping.get('name')),
    description: fieldText(mapping, 'description'),
    json: dumpPython(tool, system.jsonIndent),
    parameters: system.parameter ? renderParameters(mapping) : '',
  });
}

/** The parsed list; `anything`: also what is not a list of objects, as the one format takes it that writes JSON as given. */
function parseTools(tools: string, anything: boolean): PythonValue {
  let parsed: PythonValue;
  try {
    parsed = parsePython(tools);
  } catch (cause) {
    throw new RenderError('tools-not-json', `has tools that are not JSON: ${shown(tools)}`, { cause });
  }
  const usable = isList(parsed) ? anything || parsed.every(isMapping) : isMapping(parsed) && (anything || parsed.size === 0); // prettier-ignore
  if (!usable) throw new RenderError('tools-not-list', `has tools that are not a list of objects: ${shown(tools)}`);
  return isMapping(parsed) && parsed.size === 0 ? [] : parsed;
}

function unwrap(tool: PythonMapping, how: ToolFormat['system']['unwrap']): PythonValue {
  const typed = tool.get('type') === 'function';
  if (how === 'wrap') return typed ? tool : new Map<string, PythonValue>([['type', 'function'], ['function', tool]]); // prettier-ignore
  if (!typed) return tool;
  return tool.get('function') ?? (how === 'inner' ? '' : tool);
}

/** The argument list of the default format, a line each. */
function renderParameters(tool: PythonMapping): string {
  const parameters = tool.get('parameters');
  const properties = isMapping(parameters) ? parameters.get('properties') : undefined;
  if (!isMapping(parameters) || !isMapping(properties)) {
    throw new RenderError(
      'tools-no-parameters',
      `has a tool ${pythonText(tool.get('name'))} without parameters.properties, which the tool format needs`,
    );
  }
  const required = parameters.get('required');
  return [...properties].map(([name, value]) => {
    const details: PythonMapping = isMapping(value) ? value : new Map();
    const choices = details.get('enum');
    const items = details.get('items');
    const needed = isList(required) && required.includes(name) ? ', required' : '';
    const oneOf = isList(choices) && choices.length > 0 ? `, should be one of [${choices.map(pythonText).join(', ')}]` : '';
    const each = isMapping(items) && items.size > 0 ? `, where each item should be ${fieldText(items, 'type')}` : '';
    return `  - ${name} (${fieldText(details, 'type')}${needed}): ${fieldText(details, 'description')}${oneOf}${each}\n`;
  }).join(''); // prettier-ignore
}

/** A function message: calls in a format, with the thought or the text around them in front. */
export function callsInWords(
  content: string,
  formatName: string,
  callWords: readonly [string, string],
  thoughtWords: readonly [string, string],
): string {
  const call = between(content, callWords);
  if (call) return content.replaceAll(call.whole, '') + renderCalls(formatName, call.inner);
  const thought = between(content, thoughtWords);
  if (!thought) return renderCalls(formatName, content);
  return thought.whole + renderCalls(formatName, content.replaceAll(thought.whole, ''));
}

interface Call {
  readonly name: PythonValue;
  readonly arguments: PythonValue;
}

/** Calls, as the JSON text of a function message, in a format. Throws RenderError where they are not JSON. */
export function renderCalls(formatName: string, content: string): string {
  const calls = parseCalls(content);
  const { call } = formatOf(formatName);
  if (call.parallel === false && calls.length !== 1) {
    throw new RenderError(
      'parallel-calls-unsupported',
      `has ${calls.length} calls in one message, but the tool format ${formatName} takes one`,
    );
  }
  const written = calls.map((each) => writeCall(each, call));
  if (call.severalAsList && written.length !== 1) return `[${written.join(', ')}]`;
  return fill(call.around ?? '{{calls}}', { calls: written.join(call.join) });
}

function parseCalls(content: string): Call[] {
  let parsed: PythonValue;
  try {
    parsed = parsePython(content);
  } catch (cause) {
    throw new RenderError('function-content-not-json', `has a function message that is not JSON: ${shown(content)}`, {
      cause,
    });
  }
  return (isList(parsed) ? parsed : [parsed]).map((call) => {
    const [name, args] = isMapping(call) ? [call.get('name'), call.get('arguments')] : [];
    if (name === undefined || args === undefined)
      throw new RenderError('function-content-not-json', `has a call without name or arguments: ${shown(content)}`);
    return { name, arguments: args };
  });
}

function writeCall({ name, arguments: args }: Call, call: ToolFormat['call']): string {
  const { argument, argumentJoin = '', quoteStrings = false } = call;
  if (argument !== undefined && !isMapping(args))
    throw new RenderError(
      'function-content-not-json',
      `has a call of ${pythonText(name)} whose arguments are not an object: ${shown(dumpPython(args))}`,
    );
  const pairs: string[] = [];
  if (argument !== undefined && isMapping(args))
    for (const [key, value] of args) pairs.push(fill(argument, { key, value: argumentValue(value, quoteStrings) }));
  return fill(call.each, {
    name: pythonText(name),
    'name json': dumpPython(name),
    arguments: dumpPython(args),
    args: pairs.join(argumentJoin),
    value: call.value?.(args) ?? '',
  });
}

const argumentValue = (value: PythonValue, quoted: boolean): string => {
  if (typeof value !== 'string') return dumpPython(value);
  return quoted ? `"${value}"` : value;
};
