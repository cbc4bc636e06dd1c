// Gemma 4's tool format: declarations and calls in a notation of its own, with <|"|> around strings, bare keys and no spaces.
import {
  byCodePoint,
  fieldText,
  isList,
  isMapping,
  PythonNumber,
  pythonText,
  type PythonMapping,
  type PythonValue,
} from './python-json.ts';

const quote = (text: string): string => `<|"|>${text}<|"|>`;

/** What Python calls true. */
const filled = (value: PythonValue | undefined): boolean => {
  if (value instanceof PythonNumber) return Number(value.text) !== 0;
  if (isMapping(value)) return value.size > 0;
  return isList(value) ? value.length > 0 : Boolean(value);
};

/** `key:<|"|>text<|"|>`, or nothing where there is no value. */
const part = (key: string, value: PythonValue | undefined, upper = false): string[] => {
  if (!filled(value)) return [];
  const text = pythonText(value);
  return [`${key}:${quote(upper ? text.toUpperCase() : text)}`];
};

/** One tool's declaration; choices and items of its parameters are left out, as upstream does. */
export function gemma4Tool(tool: PythonMapping): string {
  const parameters = tool.get('parameters');
  const response = tool.get('response');
  const parts = [`description:${quote(fieldText(tool, 'description'))}`];
  if (isMapping(parameters) && filled(parameters)) parts.push(`parameters:{${fields(parameters)}}`);
  if (isMapping(response) && filled(response)) {
    const type = part('type', response.get('type'), true).filter((text) => text === `type:${quote('OBJECT')}`);
    parts.push(`response:{${[...part('description', response.get('description')), ...type].join(',')}}`);
  }
  return `declaration:${pythonText(tool.get('name'))}{${parts.join(',')}}`;
}

function fields(parameters: PythonMapping): string {
  const properties = parameters.get('properties');
  const required = parameters.get('required');
  const parts: string[] = [];
  if (isMapping(properties) && filled(properties)) {
    const listed = [...properties].map(([name, value]) => {
      const schema: PythonMapping = isMapping(value) ? value : new Map();
      return `${name}:{${[...part('description', schema.get('description')), ...part('type', schema.get('type'), true)].join(',')}}`;
    });
    parts.push(`properties:{${listed.join(',')}}`);
  }
  if (isList(required) && filled(required))
    parts.push(`required:[${required.map((name) => quote(pythonText(name))).join(',')}]`);
  return [...parts, ...part('type', parameters.get('type'), true)].join(',');
}

/** One argument: keys sorted at every level and bare, numbers as Python writes them. */
function gemma4Value(value: PythonValue): string {
  if (typeof value === 'string') return quote(value);
  if (value instanceof PythonNumber) return value.text;
  if (value === null || typeof value === 'boolean') return String(value);
  if (isList(value)) return `[${value.map(gemma4Value).join(',')}]`;
  const keys = [...value.keys()].sort(byCodePoint);
  return `{${keys.map((key) => `${key}:${gemma4Value(value.get(key) ?? null)}`).join(',')}}`;
}

/** A call's arguments in braces; what is no mapping stands in them as it is. */
export function gemma4Arguments(args: PythonValue): string {
  if (isMapping(args)) return gemma4Value(args);
  return `{${typeof args === 'string' ? args : gemma4Value(args)}}`;
}
