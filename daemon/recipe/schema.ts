// JSON Schemas of recipes and of dataset_info.json from the tables here, for editors without the extension. Draft 7, which they all read.
import type { Argument } from './argument.ts';
import { columnFields, entryFields, sourceFields, tagFields, type Field } from './dataset-info/fields.ts';
import { ranges, type NumberRange } from './ranges.ts';
import { argumentNames, argumentsTable } from './recipe.ts';
import { templateNames, toolFormatNames } from './template-names.ts';

export type Schema = Readonly<Record<string, unknown>>;

const DRAFT = 'http://json-schema.org/draft-07/schema#';

/** Names that other tables hold. */
const listed: Readonly<Record<string, readonly string[]>> = { template: templateNames, tool_format: toolFormatNames };

export function recipeSchema(): Schema {
  const properties = Object.fromEntries(
    argumentNames.map((name) => [name, keySchema(argumentsTable[name], listed[name], ranges[name])]),
  );
  return {
    $schema: DRAFT,
    title: 'Recipe of LLaMA-Factory and Anneal',
    description: 'One flat mapping of keys to values.',
    type: 'object',
    properties,
    additionalProperties: false,
  };
}

function keySchema(argument: Argument<unknown>, names: readonly string[] | undefined, range?: NumberRange): Schema {
  const choices = names ?? argument.choices;
  const options = argument.type.split('|').flatMap((type) => typeSchemas(type, argument, choices, range));
  if (argument.default === null || argument.nullable === true) options.push({ type: 'null' });
  const [only, ...more] = options;
  return {
    description: describe(argument),
    ...(argument.default === null ? {} : { default: argument.default }),
    ...(more.length === 0 ? only : { anyOf: options }),
  };
}

/** The sentence, and where it matters. */
function describe({ doc, stages, onlyWith }: Argument<unknown>): string {
  const [key, ...values] = onlyWith ?? [];
  const only = key === undefined ? [] : [values.length > 0 ? `Only with ${key}: ${values.join(', ')}.` : `Only with ${key}.`]; // prettier-ignore
  return [doc, ...(stages ? [`Stages: ${stages.join(', ')}.`] : []), ...only].join(' ');
}

function typeSchemas(
  type: string,
  { separator, textOnly }: Argument<unknown>,
  choices: readonly (string | number)[] | undefined,
  range: NumberRange | undefined,
): Schema[] {
  switch (type) {
    case 'bool':
      return [{ type: 'boolean' }];
    case 'int':
    case 'float':
      return choices ? [{ enum: choices }] : numberSchemas(type === 'int' ? 'integer' : 'number', range);
    case 'string': {
      const item = choices ? { enum: choices } : { type: 'string' };
      if (separator === undefined) return [item];
      // several names in one text cannot be told from one by a schema
      const text = choices ? { type: 'string', examples: choices } : { type: 'string' };
      return textOnly === true ? [text] : [text, { type: 'array', items: choices ? item : { type: ['string', 'number'] } }]; // prettier-ignore
    }
    case 'string[]':
      return [{ type: 'array', items: choices ? { enum: choices } : { type: 'string' } }];
    case 'object':
      return [{ type: 'object' }];
    default:
      throw new Error(`no such argument type: ${type}`);
  }
}

function numberSchemas(type: 'integer' | 'number', range: NumberRange = {}): Schema[] {
  const { least, most, above, below, also } = range;
  const limits = {
    ...(least === undefined ? {} : { minimum: least }),
    ...(most === undefined ? {} : { maximum: most }),
    ...(above === undefined ? {} : { exclusiveMinimum: above }),
    ...(below === undefined ? {} : { exclusiveMaximum: below }),
  };
  return [{ type, ...limits }, ...(also ? [{ enum: also }] : [])];
}

export function datasetInfoSchema(): Schema {
  const fields = (table: Readonly<Record<string, Field>>): Record<string, Schema> =>
    Object.fromEntries(Object.entries(table).map(([name, field]) => [name, fieldSchema(field)]));
  const group = (field: Field, table: Readonly<Record<string, Field>>): Schema => ({
    description: field.doc,
    type: 'object',
    properties: fields(table),
    additionalProperties: false,
  });
  const { columns, tags, ...plain } = entryFields;
  return {
    $schema: DRAFT,
    title: 'dataset_info.json of LLaMA-Factory and Anneal',
    description: 'Data sets by name.',
    type: 'object',
    additionalProperties: {
      type: 'object',
      properties: {
        ...fields(sourceFields),
        ...fields(plain),
        columns: group(columns, columnFields),
        tags: group(tags, tagFields),
      },
      additionalProperties: false,
    },
  };
}

function fieldSchema({ type, default: value, choices, doc }: Field): Schema {
  const kind = choices ? { enum: choices } : { type: value === null ? [type, 'null'] : type };
  return { description: doc, ...(value === null ? {} : { default: value }), ...kind };
}
