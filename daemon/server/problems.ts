// Errors on the wire: application/problem+json with a stable code, one sentence, and the way on. RFC 9457.
import { STATUS_CODES } from 'node:http';
import type { Response } from 'express';
import { UserError } from '../errors.ts';
import { Conflict, RecipeRefused } from '../runs/runs.ts';
import type { Problem } from './protocol.ts';

/** An error of the request itself. */
export class RequestProblem extends UserError {
  readonly httpStatus: number;
  readonly details: Pick<Problem, 'fields' | 'folders'>;

  constructor(
    httpStatus: number,
    code: string,
    message: string,
    details: Pick<Problem, 'fields' | 'folders'> = {},
    cause?: unknown,
  ) {
    super(code, message, { cause });
    this.httpStatus = httpStatus;
    this.details = details;
  }
}

/** Statuses of what the rooms below say; what is not here is a request that was understood and cannot be done. */
const statusOfCode: Readonly<Record<string, number>> = {
  'run-missing': 404,
  'recipe-missing': 404,
  'folder-missing': 404,
  'not-writable': 403,
  'disk-full': 507,
};

const UNPROCESSABLE = 422;

/** What Express and its body parser throw. */
interface HttpError {
  readonly status: number;
  readonly type?: string;
}

const isHttpError = (error: unknown): error is HttpError =>
  typeof error === 'object' && error !== null && 'status' in error && typeof error.status === 'number';

const parserSentences: Readonly<Record<string, readonly [code: string, sentence: string]>> = {
  'entity.too.large': ['body-too-large', 'The body is larger than this daemon takes.'],
  'entity.parse.failed': ['body-not-json', 'The body is not JSON.'],
  'encoding.unsupported': ['encoding-unsupported', 'The body must not be compressed this way.'],
  'charset.unsupported': ['charset-unsupported', 'The body must be UTF-8.'],
  'request.size.invalid': ['body-size', 'The body has not the length that its header says.'],
  'request.aborted': ['body-aborted', 'The request ended before its body did.'],
};

/** Any error as a problem. Only what nobody foresaw becomes a 500; `report` is told of it. */
export function toProblem(error: unknown, report: (error: unknown) => void): Problem {
  const make = (status: number, code: string, detail: string, more: Partial<Problem> = {}): Problem => ({
    type: `urn:anneal:problem:${code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    code,
    ...more,
  });
  if (error instanceof RequestProblem) return make(error.httpStatus, error.code, error.message, error.details);
  if (error instanceof RecipeRefused) return make(UNPROCESSABLE, error.code, error.message, { findings: [...error.findings] }); // prettier-ignore
  if (error instanceof Conflict) return make(409, error.code, error.message);
  if (error instanceof UserError) return make(statusOfCode[error.code] ?? UNPROCESSABLE, error.code, error.message);
  if (error instanceof URIError) return make(400, 'path-broken', 'The address holds a broken % sequence.');
  if (isHttpError(error) && error.status >= 400 && error.status < 500) {
    const [code, sentence] = parserSentences[error.type ?? ''] ?? ['bad-request', 'The request cannot be read.'];
    return make(error.status, code, sentence);
  }
  report(error);
  return make(500, 'internal', 'The daemon has a bug here: its log says more ("anneal daemon status" says where).');
}

export function sendProblem(response: Response, problem: Problem): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}
