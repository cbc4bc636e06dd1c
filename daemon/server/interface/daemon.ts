// Routes of the daemon itself: who answers, sessions of clients, the feed of changes, its end.
import { z } from 'zod';
import { queueStatus, runId, runSummary } from '../../runs/protocol.ts';
import { absolutePath, none, route } from './route.ts';

export const health = z
  .object({
    name: z.literal('anneal'),
    protocol: z.number().int(),
    version: z.string(),
    capabilities: z.array(z.string()),
    pid: z.number().int(),
  })
  .meta({ id: 'Health' });

const session = z
  .object({ session: z.string(), folders: z.array(z.string()), protocol: z.number().int() })
  .meta({ id: 'Session' });

/** Everything that changes while a client looks, so that it need never ask twice. */
export const feedEvent = z
  .discriminatedUnion('type', [
    /** First message of a feed. `cursor` begins anew with every daemon. */
    z.object({ type: z.literal('hello'), protocol: z.number().int(), capabilities: z.array(z.string()) }),
    /** The feed cannot go on from the cursor: fetch again what is shown. */
    z.object({ type: z.literal('reset') }),
    z.object({ type: z.literal('run'), run: runSummary }),
    z.object({ type: z.literal('run-removed'), id: runId }),
    z.object({ type: z.literal('queue'), queue: queueStatus }),
    /** Files of the session's folders that changed: recipes, dataset_info.json, data, output directories. */
    z.object({
      type: z.literal('files'),
      kind: z.enum(['recipe', 'dataset-info', 'data', 'output']),
      paths: z.array(z.string()),
    }),
  ])
  .meta({ id: 'FeedEvent' });

const folders = z.array(absolutePath).max(200);
const bySession = z.strictObject({ session: z.string().max(64) });

export const daemonRoutes = {
  health: route({
    method: 'get',
    path: '/health',
    summary: 'Who answers: protocol version and capabilities. The only route without a token.',
    open: true,
    response: health,
  }),
  openapi: route({
    method: 'get',
    path: '/openapi.json',
    summary: 'This interface as an OpenAPI 3.1 document.',
    response: z.record(z.string(), z.unknown()),
  }),
  metrics: route({
    method: 'get',
    path: '/metrics',
    summary: 'Runs and resources in the text format of Prometheus.',
    response: z.string(),
    produces: 'text/plain',
  }),
  shutdown: route({
    method: 'post',
    path: '/v1/shutdown',
    summary: 'Ends the daemon. Runs go on in their own processes; the next daemon finds them.',
    body: none,
    status: 202,
    response: none,
  }),
  openSession: route({
    method: 'post',
    path: '/v1/sessions',
    summary: 'Says which folders a client works in. Requests of this session may name paths in them and no others.',
    body: z.strictObject({ client: z.string().min(1).max(100), folders }),
    status: 201,
    response: session,
  }),
  changeSession: route({
    method: 'put',
    path: '/v1/sessions/{session}',
    summary: 'Replaces the folders of a session.',
    params: bySession,
    body: z.strictObject({ folders }),
    response: session,
  }),
  closeSession: route({
    method: 'delete',
    path: '/v1/sessions/{session}',
    summary: 'Forgets a session.',
    params: bySession,
    status: 204,
    response: z.null(),
  }),
  feed: route({
    method: 'get',
    path: '/v1/feed',
    summary: 'Server-sent events: every change of runs, queue and files. Each message is a FeedEvent.',
    query: z.strictObject({ cursor: z.string().max(64).optional() }),
    response: feedEvent,
    produces: 'text/event-stream',
  }),
} as const;
