// The interface as an OpenAPI 3.1 document, made from the table of routes.
import { z } from 'zod';
import { problem, routes, SESSION_HEADER, type RouteName } from './protocol.ts';

type Json = Record<string, unknown>;

/** A schema as JSON Schema 2020-12, which is what OpenAPI 3.1 speaks; schemas with an id go to `components`. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', components: Json): Json {
  const { $defs = {}, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json & { $defs?: Json };
  // the document says for all of them which JSON Schema it means
  delete json['$schema'];
  for (const [name, definition] of Object.entries($defs)) components[name] = relink(definition);
  return relink(json) as Json;
}

/** References point into the document's components instead of into the schema's own definitions. */
function relink(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relink);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      key === '$ref' && typeof inner === 'string'
        ? [key, inner.replace('#/$defs/', '#/components/schemas/')]
        : [key, relink(inner)],
    ),
  );
}

function parametersOf(schema: z.ZodType, place: 'path' | 'query', components: Json): Json[] {
  const { properties = {}, required = [] } = schemaOf(schema, 'input', components) as { properties?: Json; required?: string[] }; // prettier-ignore
  return Object.entries(properties).map(([name, inner]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: inner,
  }));
}

function operationOf(name: RouteName, components: Json): Json {
  const route = routes[name];
  const parameters = [
    ...parametersOf(route.params, 'path', components),
    ...parametersOf(route.query, 'query', components),
    ...(route.open ? [] : [{ name: SESSION_HEADER, in: 'header', required: false, schema: { type: 'string' } }]),
  ];
  const content = { [route.produces]: { schema: schemaOf(route.response, 'output', components) } };
  const takesBody = route.method !== 'get' && route.method !== 'delete';
  return {
    operationId: name,
    summary: route.summary,
    ...(route.open ? { security: [] } : {}),
    parameters,
    ...(takesBody
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(route.body, 'input', components) } },
          },
        }
      : {}),
    responses: {
      [route.status]: { description: 'As asked.', ...(route.status === 204 ? {} : { content }) },
      default: {
        description: 'Why not, and what to do next.',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

export function openApiDocument(version: string): Json {
  const components: Json = {};
  components['Problem'] = schemaOf(problem, 'output', components);
  const paths: Record<string, Json> = {};
  for (const name of Object.keys(routes) as RouteName[]) {
    const { path, method } = routes[name];
    (paths[path] ??= {})[method] = operationOf(name, components);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Anneal daemon', version, license: { name: 'Apache-2.0' } },
    security: [{ token: [] }],
    paths,
    components: { schemas: components, securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  };
}
