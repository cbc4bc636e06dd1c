// The way to the host and back: every message is checked against its schema, what does not fit is logged and refused.
import * as l10n from '@vscode/l10n';
import { z } from 'zod';
import { startMessage, type CommonMessage } from './protocol.ts';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare const acquireVsCodeApi: () => VsCodeApi;

// zod compiles its schemas with eval where it may; the page's policy forbids that
z.config({ jitless: true });

export interface View<Incoming, Outgoing, State> {
  /** What the host may say once the view has started. */
  readonly incoming: z.ZodType<Incoming>;
  /** What the view remembers over a reload; what does not fit is forgotten. */
  readonly state: z.ZodType<State>;
  /** Builds the page: the language is known. Called once. */
  start(host: Host<Outgoing, State>): void;
  /** A message that fits the schema. */
  message(message: Incoming): void;
}

export interface Host<Outgoing, State> {
  post(message: Outgoing): void;
  /** What was remembered, undefined where there is nothing. */
  recall(): State | undefined;
  remember(state: State): void;
}

/** Begins the talk with the host. A failing handler is told to the host and does not end the view. */
export function open<Incoming, Outgoing, State>(view: View<Incoming, Outgoing, State>): void {
  const api = acquireVsCodeApi();
  const tell = (message: CommonMessage): void => api.postMessage(message);
  const refuse = (reason: string): void => tell({ type: 'refused', reason: reason.slice(0, 10_000) });
  const host: Host<Outgoing, State> = {
    post: (message) => api.postMessage(message),
    recall: () => view.state.safeParse(api.getState()).data,
    remember: (state) => api.setState(state),
  };
  let started = false;

  const take = (data: unknown): void => {
    if (!started) {
      const start = startMessage.safeParse(data);
      if (!start.success) return refuse(`before the start: ${describe(start.error)}`);
      l10n.config({ contents: start.data.sentences });
      document.documentElement.lang = start.data.language;
      started = true;
      return view.start(host);
    }
    const message = view.incoming.safeParse(data);
    if (message.success) view.message(message.data);
    else refuse(describe(message.error));
  };

  addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    try {
      take(data);
    } catch (error) {
      refuse(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  });
  addEventListener('error', ({ message }) => refuse(message));
  addEventListener('unhandledrejection', ({ reason }) => refuse(String(reason)));
  tell({ type: 'ready' });
}

const describe = (error: z.ZodError): string => z.prettifyError(error).replaceAll('\n', ' ');
