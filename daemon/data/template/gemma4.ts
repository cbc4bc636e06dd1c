// Gemma 4's tool format: declarations and calls in a notation of its own, with <|"|> around strings, bare keys and no spaces.
import { PythonNumber, type PythonMapping, type PythonValue } from './python-json.ts';

const quote = (text: string): string => `<|"|>${text}<|"|>`;

const isMapping = (value: PythonValue | undefined): value is PythonMapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof PythonNumber);

const textOf = (value: PythonValue | undefined): string => (typeof value === 'string' ? value : '');

/** `key:<|"|>text<|"|>`, or nothing where there is no text. */
const part = (key: string, text: string): string[] => (text === '' ? [] : [`${key}:${quote(text)}`]);

const typeOf = (schema: PythonMapping): string[] => part('type', textOf(schema['type']).toUpperCase());

/** One tool's declaration; choices and items of its parameters are left out, as upstream does. */
export function gemma4Tool(tool: PythonMapping): string {
  const { parameters, response } = tool;
  const parts = [`description:${quote(textOf(tool['description']))}`];
  if (isMapping(parameters) && Object.keys(parameters).length > 0) parts.push(`parameters:{${fields(parameters)}}`);
  if (isMapping(response) && Object.keys(response).length > 0) {
    const type = typeOf(response).filter((text) => text === `type:${quote('OBJECT')}`);
    parts.push(`response:{${[...part('description', textOf(response['description'])), ...type].join(',')}}`);
  }
  return `declaration:${textOf(tool['name'])}{${parts.join(',')}}`;
}

function fields(parameters: PythonMapping): string {
  const { properties, required } = parameters;
  const parts: string[] = [];
  if (isMapping(properties) && Object.keys(properties).length > 0) {
    const listed = Object.entries(properties).map(([name, value]) => {
      const schema = isMapping(value) ? value : {};
      return `${name}:{${[...part('description', textOf(schema['description'])), ...typeOf(schema)].join(',')}}`;
    });
    parts.push(`properties:{${listed.join(',')}}`);
  }
  if (Array.isArray(required) && required.length > 0)
    parts.push(`required:[${required.map((name) => quote(textOf(name))).join(',')}]`);
  return [...parts, ...typeOf(parameters)].join(',');
}

/** One argument: keys sorted at every level and bare, numbers as Python writes them. */
function gemma4Value(value: PythonValue): string {
  if (typeof value === 'string') return quote(value);
  if (value instanceof PythonNumber) return value.text;
  if (value === null || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map(gemma4Value).join(',')}]`;
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${key}:${gemma4Value(value[key] ?? null)}`).join(',')}}`;
}

/** A call's arguments in braces; what is no mapping stands in them as it is. */
export function gemma4Arguments(args: PythonValue): string {
  if (isMapping(args)) return gemma4Value(args);
  return `{${typeof args === 'string' ? args : gemma4Value(args)}}`;
}
