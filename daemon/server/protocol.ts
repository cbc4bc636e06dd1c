// The daemon's HTTP interface as one table. Validation, types, clients and the OpenAPI document come from it.
// Nothing here needs Node: every room may import it.
import { z } from 'zod';
import { daemonRoutes } from './interface/daemon.ts';
import { dataRoutes } from './interface/data.ts';
import { datasetRoutes } from './interface/dataset.ts';
import { queueRoutes, runRoutes } from './interface/runs.ts';

/** Raised when a client of the one version could not talk to a daemon of the other. */
export const protocolVersion = 1;

/** What this daemon can do beyond the bare runs; clients look here before they use it. */
export const capabilities = ['runs', 'queue', 'series', 'import', 'trash', 'check', 'preview', 'statistics', 'dataset', 'devices', 'models', 'watch', 'metrics'] as const; // prettier-ignore

/**
 * The lease: daemon.json in the folder ANNEAL_HOME (default: .anneal in the user's home) names the daemon of this user while
 * that lives; `token` beside it holds the bearer token, readable by the user only, new with every daemon.
 */
export const lease = z.object({
  pid: z.number().int().positive(),
  host: z.string(),
  /** Which machine that is, where its name may change with the network (macOS). */
  machine: z.string().optional(),
  /** When the process began, in the system's own count, where it tells: process ids are used again. */
  started: z.string().optional(),
  port: z.number().int().min(1).max(65_535),
  protocol: z.number().int(),
  version: z.string(),
});
export type Lease = z.infer<typeof lease>;

export const LEASE_FILE = 'daemon.json';
export const TOKEN_FILE = 'token';

/** How a daemon is started: Node with these, then dist/daemon.js, detached. It stays small this way. */
export const DAEMON_FLAGS = ['--max-semi-space-size=2', '--optimize-for-size'] as const;

/** Names the session that a request belongs to; its folders bound the paths that the request may name. */
export const SESSION_HEADER = 'anneal-session';
/** Carried by every reply. */
export const PROTOCOL_HEADER = 'anneal-protocol';

/** Every error reply: application/problem+json (RFC 9457) with a stable code. */
export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    /** One sentence: what, where, what to do next. */
    detail: z.string(),
    /** Stable id, e.g. 'run-missing'. */
    code: z.string(),
    /** Fields of the request that are wrong. */
    fields: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    /** Folders that the session would have to open for the request to be allowed. */
    folders: z.array(z.string()).optional(),
    /** What is wrong with the recipe, as Finding. */
    findings: z.array(z.unknown()).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problem>;

export const routes = { ...daemonRoutes, ...runRoutes, ...queueRoutes, ...dataRoutes, ...datasetRoutes } as const;

export type Routes = typeof routes;
export type RouteName = keyof Routes;

/** What a client sends: parameters of the path, of the query, and the body; parts that may be empty may be left out. */
export interface RequestParts<N extends RouteName> {
  readonly params?: z.input<Routes[N]['params']>;
  readonly query?: z.input<Routes[N]['query']>;
  readonly body?: z.input<Routes[N]['body']>;
}
export type ResponseOf<N extends RouteName> = z.output<Routes[N]['response']>;
export type FeedEvent = ResponseOf<'feed'>;

/** Path and query of a request: /v1/runs/a%20b?limit=5. */
export function targetOf(name: RouteName, { params = {}, query = {} }: { params?: object; query?: object }): string {
  const values = new Map<string, unknown>(Object.entries(params));
  const path = routes[name].path.replaceAll(/\{(\w+)\}/g, (_, key: string) =>
    encodeURIComponent(String(values.get(key))),
  );
  const words = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${encodeURIComponent(String(value))}`],
  );
  return words.length > 0 ? `${path}?${words.join('&')}` : path;
}
