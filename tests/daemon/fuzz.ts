// Requests out of an OpenAPI document: some as the schemas want them, most spoiled in one place or all over.
import type { Call } from './http.ts';

interface Schema {
  readonly [key: string]: unknown;
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface FuzzOptions {
  readonly perRoute: number;
  readonly seed: number;
  readonly session: string;
  /** A folder that the session has opened. */
  readonly folder: string;
}

/** Texts that have broken something somewhere. */
const nasty = [
  '', ' ', '\0', '..', '../../etc/passwd', '/etc/passwd', '%2e%2e%2f', 'C:\\Windows', '\\\\server\\share', '__proto__', 'constructor',
  'null', 'NaN', '-1', '1e999', '9007199254740993', "' OR 1=1 --", '<script>', '${7*7}', '{{7*7}}', '\u202e\u0000\ud800', '🦜'.repeat(50),
  'a'.repeat(5000), '\r\nX-Injected: 1', 'true', '[]', '{}', '~', 'file:///etc/passwd', '\u2028', 'stage: [', '- a', '&a [*a]',
]; // prettier-ignore

const nastyValues: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  [],
  {},
  [[[[[]]]]],
  { a: { b: { c: {} } } },
  ...nasty,
];

/** mulberry32: the same requests every time. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Fuzzer {
  readonly #random: () => number;
  readonly #document: OpenApi;
  readonly #options: FuzzOptions;

  constructor(document: OpenApi, options: FuzzOptions) {
    this.#document = document;
    this.#options = options;
    this.#random = generator(options.seed);
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  #pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.#random() * values.length)] as T;
  }

  /** A value as a schema wants it, spoiled with the given chance at every place. */
  value(schema: Schema, spoil: number): unknown {
    if (this.#chance(spoil)) return this.#pick(nastyValues);
    if (typeof schema['$ref'] === 'string') {
      const name = schema['$ref'].split('/').at(-1) ?? '';
      return this.value(this.#document.components.schemas[name] ?? {}, spoil);
    }
    const choices = (schema['anyOf'] ?? schema['oneOf']) as readonly Schema[] | undefined;
    if (choices) return this.value(this.#pick(choices), spoil);
    if (Array.isArray(schema['enum'])) return this.#pick(schema['enum'] as unknown[]);
    if ('const' in schema) return schema['const'];
    switch (schema['type']) {
      case 'object':
        return this.#object(schema, spoil);
      case 'array':
        return Array.from({ length: Math.floor(this.#random() * 3) }, () => this.value((schema['items'] ?? {}) as Schema, spoil)); // prettier-ignore
      case 'integer':
      case 'number':
        return this.#pick([schema['minimum'], schema['maximum'], 0, 1, 7, 1000].filter((one) => typeof one === 'number'));
      case 'boolean':
        return this.#chance(0.5);
      case 'null':
        return null;
      default:
        return this.#text();
    }
  } // prettier-ignore

  #text(): string {
    const { folder } = this.#options;
    return this.#pick(['x', 'some-run-abc234', folder, `${folder}/recipe.yaml`, `${folder}/../..`, 'stage: sft\n', 'seed=1', this.#pick(nasty)]); // prettier-ignore
  }

  #object(schema: Schema, spoil: number): Record<string, unknown> {
    const required = new Set((schema['required'] ?? []) as string[]);
    const object: Record<string, unknown> = {};
    for (const [key, inner] of Object.entries((schema['properties'] ?? {}) as Record<string, Schema>)) {
      if (required.has(key) ? this.#chance(0.97) : this.#chance(0.5)) object[key] = this.value(inner, spoil);
    }
    if (this.#chance(spoil)) object[this.#pick(nasty)] = this.#pick(nastyValues);
    return object;
  }

  call(path: string, method: string, operation: Operation): Call {
    const spoil = this.#pick([0, 0.02, 0.2, 0.6]);
    let target = path;
    const query: string[] = [];
    const headers: Record<string, string> = this.#chance(0.7) ? { 'anneal-session': this.#options.session } : {};
    for (const { name, in: place, schema } of operation.parameters ?? []) {
      const text = String(this.value(schema, spoil));
      const encoded = this.#chance(0.95) ? encodeURIComponent(wellFormed(text)) : '%zz';
      if (place === 'path') target = target.replace(`{${name}}`, encoded);
      else if (place === 'query' && this.#chance(0.5)) query.push(`${name}=${encoded}`);
    }
    if (this.#chance(0.05)) query.push(`${encodeURIComponent(wellFormed(this.#pick(nasty)))}=1`);
    const schema = operation.requestBody?.content['application/json']?.schema;
    const body = schema ? this.#body(schema, spoil, operation.operationId) : undefined;
    return {
      method: method.toUpperCase(),
      path: `${target}${query.length > 0 ? `?${query.join('&')}` : ''}`,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': this.#pick(['application/json', 'text/plain', 'x']) }) },
      ...(body === undefined ? {} : { body }),
    };
  } // prettier-ignore

  #body(schema: Schema, spoil: number, operation: string): string {
    // the daemon is still needed
    if (operation === 'shutdown') return this.#pick(['[]', '{"x":1}', '{"now":true}', '{', '7']);
    const text = JSON.stringify(this.value(schema, spoil)) ?? 'undefined';
    return this.#chance(0.05) ? text.slice(0, Math.floor(this.#random() * text.length)) : text;
  }
}

const wellFormed = (text: string): string => text.replaceAll(/[\ud800-\udfff]/g, '');

/** Requests of every route in turn. */
export function* fuzzRequests(document: OpenApi, options: FuzzOptions): Generator<{ operation: string; call: Call }> {
  const fuzzer = new Fuzzer(document, options);
  for (let round = 0; round < options.perRoute; round++) {
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods))
        yield { operation: operation.operationId, call: fuzzer.call(path, method, operation) };
    }
  }
}
