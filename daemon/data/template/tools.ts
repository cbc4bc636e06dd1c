// Tool formats: how tools are written into the system text and calls into an answer, as data and one interpreter.
import { UserError } from '../../errors.ts';
import { dumpPython, parsePython, type PythonMapping, type PythonValue } from './python-json.ts';
import { toolFormats, type ToolFormat } from './tool-formats.ts';

type Mapping = PythonMapping;

const isMapping = (value: PythonValue | undefined): value is Mapping =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  'constructor' in value &&
  value.constructor === Object;

function formatOf(name: string): ToolFormat {
  const format = toolFormats[name];
  if (!format)
    throw new UserError(
      'unknown-tool-format',
      `There is no tool format "${name}": choose tool_format from ${Object.keys(toolFormats).join(', ')}.`,
    );
  return format;
}

const fill = (pattern: string, values: Readonly<Record<string, string>>): string =>
  pattern.replace(/\{\{([^}]*)\}\}/g, (whole, key: string) => values[key] ?? whole);

const text = (value: PythonValue | undefined): string => (typeof value === 'string' ? value : '');

/** The text that tools add to the system text. `today` as "15 Jan 2025". Throws UserError where tools are not JSON. */
export function renderTools(formatName: string, tools: string, today: string): string {
  const list = parseTools(tools);
  if (list.length === 0) return '';
  const { system } = formatOf(formatName);
  const shaped = list.map((tool) => unwrap(tool, system.unwrap));
  const inner = shaped.map((tool) => unwrap(tool, 'inner'));
  const write = (tool: Mapping, i: number): string => {
    const one = inner[i] ?? {};
    if (typeof system.tool === 'function') return system.tool(one);
    return fill(system.tool ?? '', {
      name: text(one['name']),
      description: text(one['description']),
      json: dumpPython(tool, system.jsonIndent),
      parameters: system.parameter ? renderParameters(one) : '',
    });
  };
  const joined = system.tool === undefined ? dumpPython(shaped) : shaped.map(write).join(system.join ?? '');
  const names = inner.map((tool) => text(tool['name'])).join(', ');
  return fill(system.system, { tools: joined, names, date: today });
}

function parseTools(tools: string): Mapping[] {
  let parsed: PythonValue;
  try {
    parsed = parsePython(tools);
  } catch (cause) {
    throw new UserError('tools-not-json', `A row's tools are not JSON: ${tools.slice(0, 80)}`, { cause });
  }
  if (!Array.isArray(parsed) || !parsed.every(isMapping)) {
    throw new UserError('tools-not-list', `A row's tools are not a list of objects: ${tools.slice(0, 80)}`);
  }
  return parsed;
}

function unwrap(tool: Mapping, how: ToolFormat['system']['unwrap']): Mapping {
  const inner = tool['type'] === 'function' && isMapping(tool['function']) ? tool['function'] : undefined;
  if (how === 'inner') return inner ?? tool;
  if (how === 'wrap') return inner ? tool : { type: 'function', function: tool };
  return tool;
}

/** The argument list of the default format, a line each. */
function renderParameters(tool: Mapping): string {
  const parameters = tool['parameters'];
  const properties = isMapping(parameters) ? parameters['properties'] : undefined;
  if (!isMapping(parameters) || !isMapping(properties)) {
    throw new UserError(
      'tools-no-parameters',
      `The tool ${text(tool['name'])} has no parameters.properties, which its format needs.`,
    );
  }
  const required = Array.isArray(parameters['required']) ? parameters['required'] : [];
  return Object.entries(properties).map(([name, value]) => {
    const details = isMapping(value) ? value : {};
    const choices = Array.isArray(details['enum']) && details['enum'].length > 0 ? `, should be one of [${details['enum'].map(text).join(', ')}]` : '';
    const items = isMapping(details['items']) && Object.keys(details['items']).length > 0
      ? `, where each item should be ${text(details['items']['type'])}` : '';
    return `  - ${name} (${text(details['type'])}${required.includes(name) ? ', required' : ''}): ${text(details['description'])}${choices}${items}\n`;
  }).join(''); // prettier-ignore
}

/** Calls, as the JSON text of a function message, in a format. Throws UserError where they are not JSON. */
export function renderCalls(formatName: string, content: string): string {
  let parsed: PythonValue;
  try {
    parsed = parsePython(content);
  } catch (cause) {
    throw new UserError('function-content-not-json', `A function message is not JSON: ${content.slice(0, 80)}`, {
      cause,
    });
  }
  const calls = (Array.isArray(parsed) ? parsed : [parsed]).map((call) => {
    if (!isMapping(call) || typeof call['name'] !== 'string' || call['arguments'] === undefined) {
      throw new UserError('function-content-not-json', `A call has no name or no arguments: ${content.slice(0, 80)}`);
    }
    return { name: call['name'], arguments: call['arguments'] };
  });
  const { call } = formatOf(formatName);
  if (calls.length > 1 && call.parallel === false) {
    throw new UserError(
      'parallel-calls-unsupported',
      `The tool format ${formatName} takes one call a message; a row has ${calls.length}.`,
    );
  }
  const written = calls.map(({ name, arguments: args }) => {
    const pairs = isMapping(args)
      ? Object.entries(args)
          .map(([key, value]) => fill(call.argument ?? '', { key, value: argumentValue(value, call.quoteStrings) }))
          .join(call.argumentJoin ?? '')
      : '';
    return fill(call.each, {
      name,
      'name json': dumpPython(name),
      arguments: dumpPython(args),
      args: pairs,
      value: call.value?.(args) ?? '',
    });
  });
  if (call.severalAsList && written.length > 1) return `[${written.join(', ')}]`;
  return fill(call.around ?? '{{calls}}', { calls: written.join(call.join) });
}

const argumentValue = (value: PythonValue, quoted: boolean | undefined): string => {
  if (typeof value !== 'string') return dumpPython(value);
  return quoted ? `"${value}"` : value;
};
