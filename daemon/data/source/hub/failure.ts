// What went wrong with the hub, as a sentence.
import { HubApiError } from '@huggingface/hub';
import { UserError } from '../../../errors.ts';

/** Code 'hub-unreachable' where there was no answer, or none that says anything about the repository. */
export function hubFailure(error: unknown, repository: string, hub: string, file?: string): UserError {
  if (error instanceof UserError) return error;
  const what = file === undefined ? `The dataset ${repository}` : `${file} of the dataset ${repository}`;
  const failed = (code: string, why: string): UserError =>
    new UserError(code, `${what} cannot be loaded from ${hub}: ${why}`, { status: 1, cause: error });
  if (error instanceof HubApiError) {
    switch (error.statusCode) {
      case 401:
      case 403:
        return failed(
          'hub-no-access',
          'the hub refuses it. The repository is private, gated or does not exist: accept its terms on its page, and set HF_TOKEN to a token that may read it.',
        );
      case 404:
        return failed('hub-not-found', 'there is no such repository or file: check hf_hub_url.');
      case 429:
        return failed('hub-unreachable', 'the hub says there were too many requests: wait, or set HF_TOKEN.');
      default:
        return failed('hub-unreachable', `the hub answers with status ${error.statusCode}.`);
    }
  }
  const cause = error instanceof Error ? error : new Error(String(error));
  if (cause instanceof TypeError && cause.message.includes('access token')) {
    return failed('hub-token', 'a token of the hub starts with hf_: check HF_TOKEN.');
  }
  const reason = cause.cause instanceof Error ? cause.cause.message : cause.message;
  return failed(
    'hub-unreachable',
    `there is no answer (${reason}). Check the network, or HF_ENDPOINT where you use a mirror; what was loaded before is used without a network.`,
  );
}
