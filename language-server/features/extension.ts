// What the extension asks for beyond the protocol: what a document is, what the workspace holds, new recipes. See interface/protocol.ts.
import { existsSync } from 'node:fs';
import { ResponseError, ErrorCodes } from 'vscode-languageserver/node';
import type { z } from 'zod';
import { RecipeEdits } from '../../daemon/recipe/edits.ts';
import { knownModels } from '../../daemon/recipe/known-models.ts';
import { parseRecipe } from '../../daemon/recipe/parse.ts';
import type { RequestName, Requests } from '../interface/protocol.ts';
import { pathOf, type Session } from '../session.ts';

type Request<N extends RequestName> = z.output<Requests[N]['request']>;
type Answer<N extends RequestName> = z.input<Requests[N]['answer']>;

export function answerExtension(session: Session): void {
  answer(session, 'anneal/describe', 'describe', async ({ uri }) => describeDocument(session, uri));
  answer(session, 'anneal/survey', 'survey', async () => (await import('../survey.ts')).surveyWorkspace(session));
  answer(session, 'anneal/choices', 'choices', async ({ folder }) => {
    const { choicesIn } = await import('../survey.ts');
    return await choicesIn(session, folder, chatModels());
  });
  answer(session, 'anneal/compose', 'compose', async (choices) => (await import('../survey.ts')).compose(session, choices));
  answer(session, 'anneal/describeFile', 'describeFile', async ({ file }) => (await import('../survey.ts')).describeFile(session, file));
  answer(session, 'anneal/setKeys', 'setKeys', async (request) => setKeys(session, request));
} // prettier-ignore

function setKeys(session: Session, { uri, values }: Request<'setKeys'>): Answer<'setKeys'> {
  const path = pathOf(uri);
  const document = session.documents.get(uri) ?? (path === undefined ? undefined : session.readDocument(path));
  if (!document) return { edits: [] };
  const edits = new RecipeEdits(parseRecipe(document.getText(), path ?? uri));
  const made = Object.entries(values).flatMap(([key, value]) => value === null ? edits.remove(key) : edits.set(key, String(value))); // prettier-ignore
  return { edits: made.map(({ range, text }) => ({ range, text })) };
}

/** The schemas are loaded with the first request: other editors never send one. */
function answer<N extends RequestName>(
  { connection }: Session,
  method: Requests[N]['method'],
  name: N,
  handle: (request: Request<N>) => Promise<Answer<N>>,
): void {
  connection.onRequest(method, async (sent: unknown) => {
    const { requests } = await import('../interface/protocol.ts');
    const request = requests[name].request.safeParse(sent);
    if (!request.success) {
      connection.console.warn(`${method} was refused: ${request.error.message}`);
      return new ResponseError(ErrorCodes.InvalidParams, `${method} does not take this.`);
    }
    return await handle(request.data as Request<N>);
  });
}

function describeDocument(session: Session, uri: string): Answer<'describe'> {
  const path = pathOf(uri);
  const document = session.documents.get(uri) ?? (path !== undefined && existsSync(path) ? session.readDocument(path) : undefined); // prettier-ignore
  if (!document) return { kind: 'other', folder: '.', command: null, cost: null };
  const kind = session.kindOf(document);
  const folder = session.baseFolder(document);
  if (kind !== 'recipe') return { kind, folder, command: null, cost: null };
  const { cost } = session.figuresOf(document);
  return {
    kind,
    folder,
    command: session.viewOf(document).command,
    cost: cost ? { peakBytes: cost.peakBytes ?? null, freeBytes: cost.freeBytes ?? null, seconds: cost.seconds ?? null } : null, // prettier-ignore
  };
}

const chatModels = (): string[] =>
  knownModels.filter(({ chat, multimodal }) => chat && !multimodal).map(({ id }) => id);
