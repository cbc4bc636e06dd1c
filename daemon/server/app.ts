// The HTTP side: every request is guarded, validated by its route's schemas, handled, and answered as JSON, a stream or a problem.
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { z } from 'zod';
import type { Guard } from './guard.ts';
import type { Handlers, HandlerRequest } from './handlers/handler.ts';
import type { IdleWatch } from './idle.ts';
import { RequestProblem, sendProblem, toProblem } from './problems.ts';
import { PROTOCOL_HEADER, protocolVersion, routes, SESSION_HEADER, type RouteName } from './protocol.ts';
import type { Sessions } from './sessions.ts';
import { stream, type StreamSource, type StreamTimes } from './streams.ts';

export interface AppParts {
  readonly guard: Guard;
  readonly handlers: Handlers;
  readonly sessions: Sessions;
  readonly times: StreamTimes;
  /** Aborted when the daemon ends: streams end with it. */
  readonly ending: AbortSignal;
  readonly idle: IdleWatch;
  readonly report: (message: string, error: unknown) => void;
}

/** Largest body in bytes: a recipe's text with room to spare. */
const LARGEST_BODY = 2 * 1024 * 1024;

/** Replies in plain JSON; handlers of streams give sources. */
type AnyHandler = (request: HandlerRequest<RouteName>) => Promise<unknown>;

export function createApp(parts: AppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use((request, response, next) => {
    parts.idle.seen();
    response.set({
      [PROTOCOL_HEADER]: String(protocolVersion),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    parts.guard.checkOrigin(request);
    const { open } = routes.health;
    if (!(open && request.method === 'GET' && request.path === routes.health.path)) parts.guard.checkToken(request);
    next();
  });
  app.use(express.json({ limit: LARGEST_BODY, type: () => true, inflate: false }));
  for (const name of Object.keys(routes) as RouteName[]) {
    const { method, path } = routes[name];
    app[method](path.replaceAll(/\{(\w+)\}/g, ':$1'), (request, response) => answer(parts, name, request, response));
  }
  app.use((request: Request) => {
    throw new RequestProblem(404, 'route-missing', `There is nothing at ${request.method} of this address.`);
  });
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    sendProblem(response, toProblem(error, (bug) => parts.report('A request could not be answered.', bug))); // prettier-ignore
  });
  return app;
}

async function answer(parts: AppParts, name: RouteName, request: Request, response: Response): Promise<void> {
  const route = routes[name];
  const sessionId = request.get(SESSION_HEADER);
  const handled: HandlerRequest<RouteName> = {
    params: parse(route.params, request.params, 'path'),
    query: parse(route.query, request.query, 'query'),
    // get and delete carry none
    body: parse(route.body, ['get', 'delete'].includes(route.method) ? {} : (request.body ?? {}), 'body'),
    session: () => parts.sessions.get(sessionId),
    sessionId,
    lastEventId: request.get('last-event-id'),
  };
  // the table of handlers is total and typed by name; here the name is any of them
  const handler = parts.handlers[name] as unknown as AnyHandler;
  const result = await handler(handled);
  if (route.produces === 'text/event-stream') {
    parts.idle.streams(1);
    await stream(response, result as StreamSource, parts.ending, parts.times).finally(() => parts.idle.streams(-1));
  } else if (route.produces === 'text/plain') response.type('text/plain; version=0.0.4').send(result);
  else if (route.status === 204) response.status(204).end();
  else response.status(route.status).json(result);
}

/** Throws a problem that names every field that is wrong. */
function parse<S extends z.ZodType>(schema: S, value: unknown, part: string): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.slice(0, 20).map(({ path, message }) => ({
    path: [part, ...path.map(String)].join('.').slice(0, 200),
    message: message.slice(0, 300),
  }));
  const [first] = fields;
  throw new RequestProblem(400, 'request-invalid', `${first?.path}: ${first?.message}.`.replace(/\.\.$/, '.'), {
    fields,
  });
}
