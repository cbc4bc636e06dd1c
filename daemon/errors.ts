// One sentence that says what, where and what to do next; the exit status the command line gives it.

/** 1: the run failed; 2: the recipe, its data or the arguments are wrong and nothing was started. */
export type FailureStatus = 1 | 2;

/** An error meant for a person. Anything else that is thrown is a bug in Anneal. */
export class UserError extends Error {
  readonly status: FailureStatus;
  /** Stable id for scripts and tests, e.g. 'weight-missing'. */
  readonly code: string;

  constructor(code: string, message: string, options: { status?: FailureStatus; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'UserError';
    this.code = code;
    this.status = options.status ?? 2;
  }
}
