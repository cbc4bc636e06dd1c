// Handlers of the daemon itself: who answers, sessions, the feed, the end.
import { openApiDocument } from '../openapi.ts';
import { capabilities, protocolVersion, type FeedEvent, type ResponseOf } from '../protocol.ts';
import type { ServerContext } from '../context.ts';
import type { Session } from '../sessions.ts';
import type { Handlers } from './handler.ts';
import { prometheusText } from '../metrics.ts';

type DaemonHandlers = Pick<Handlers, 'health' | 'openapi' | 'metrics' | 'shutdown' | 'openSession' | 'changeSession' | 'closeSession' | 'feed'>; // prettier-ignore

const hello: FeedEvent = { type: 'hello', protocol: protocolVersion, capabilities: [...capabilities] };

const asReply = ({ id, folders }: Session): ResponseOf<'openSession'> => ({
  session: id,
  folders: [...folders],
  protocol: protocolVersion,
});

export function daemonHandlers(context: ServerContext): DaemonHandlers {
  const { sessions, feed, watches, version } = context;
  return {
    health: async () => ({
      name: 'anneal',
      protocol: protocolVersion,
      version,
      capabilities: [...capabilities],
      pid: process.pid,
    }),
    openapi: async () => openApiDocument(version),
    metrics: async () => prometheusText(context),
    shutdown: async () => {
      context.shutdown();
      return {};
    },
    openSession: async ({ body }) => asReply(await sessions.open(body.client, body.folders)),
    changeSession: async ({ params, body }) => {
      const changed = await sessions.change(params.session, body.folders);
      watches.restart(changed.id);
      return asReply(changed);
    },
    closeSession: async ({ params }) => {
      sessions.close(params.session);
      return null;
    },
    feed: async ({ query, lastEventId, sessionId }) => {
      const source = feed.source(lastEventId ?? query.cursor, sessionId, hello);
      if (sessionId === undefined) return source;
      return { ...source, close: watches.listen(sessions.get(sessionId).id) };
    },
  };
}
