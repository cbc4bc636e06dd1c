// The one error of everything that has to do with the daemon: what kind, one sentence, and the way on.
import type { Problem } from '../../daemon/server/protocol.ts';

/**
 * absent: no daemon lives, and none was to be started. not-started: one was started in vain. silent: it does not answer.
 * version: it speaks another protocol. untrusted: the workspace is not trusted, nothing may be started. refused: it understood and said
 * no (`problem`). broken: its reply is not what the protocol says. ended: whoever asked has given up.
 */
export type DaemonProblemKind =
  'absent' | 'not-started' | 'silent' | 'version' | 'untrusted' | 'refused' | 'broken' | 'ended';

/** What a person can be offered; the commands of these names know how. */
export type NextStep = 'start' | 'show-log' | 'restart' | 'trust' | 'none';

export class DaemonProblem extends Error {
  readonly kind: DaemonProblemKind;
  readonly next: NextStep;
  /** What the daemon itself said, with its stable code and findings. */
  readonly problem: Problem | undefined;

  constructor(
    kind: DaemonProblemKind,
    sentence: string,
    options: { next?: NextStep; problem?: Problem; cause?: unknown } = {},
  ) {
    super(sentence, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DaemonProblem';
    this.kind = kind;
    this.next = options.next ?? 'none';
    this.problem = options.problem;
  }

  /** The daemon's code where it said no ('run-missing', 'session-unknown', …), else the kind. */
  get code(): string {
    return this.problem?.code ?? this.kind;
  }
}
