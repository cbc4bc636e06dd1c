// Who may talk to the daemon: requests to this very address, from no web page, with the token.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { RequestProblem } from './problems.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

export class Guard {
  readonly #token: Buffer;
  readonly #hosts: ReadonlySet<string>;

  constructor(token: string, port: number) {
    // digests have one length: comparing them tells nothing of the token's
    this.#token = digest(token);
    this.#hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  }

  /** Every request. A name that a foreign site has pointed here (DNS rebinding) is refused, and so is every web page. */
  checkOrigin({ headers }: IncomingMessage): void {
    if (!this.#hosts.has((headers.host ?? '').toLowerCase()))
      throw new RequestProblem(403, 'host-refused', 'The Host header does not name this daemon.');
    if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined)
      throw new RequestProblem(403, 'origin-refused', 'Web pages may not talk to the daemon.');
  }

  /** Every request but /health. */
  checkToken({ headers }: IncomingMessage): void {
    const given = /^Bearer ([\w-]{1,200})$/i.exec(headers.authorization ?? '')?.[1];
    if (given === undefined)
      throw new RequestProblem(401, 'token-missing', 'Send the token of the file "token" as Authorization: Bearer.');
    if (!timingSafeEqual(digest(given), this.#token))
      throw new RequestProblem(401, 'token-wrong', 'The token is not of this daemon: read the file "token" again.');
  }
}
