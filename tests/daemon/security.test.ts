// Who gets in and what gets through: tokens, hosts, origins, bodies, paths; and thousands of requests that nobody would send.
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goldens, temporary } from '../cli/command.ts';
import { DaemonHome } from './daemon.ts';
import { fuzzRequests, type OpenApi } from './fuzz.ts';
import { Wire, type Reply } from './http.ts';

const home = new DaemonHome();
let wire: Wire;
beforeAll(async () => {
  await home.anneal(['daemon', 'start']);
  wire = new Wire(home);
});
afterAll(async () => {
  wire.close();
  await home.end();
});

const code = ({ text }: Reply): unknown => (JSON.parse(text) as { code: unknown }).code;

describe('who gets in', () => {
  test('/health is open, and tells version and capabilities; every reply carries the protocol', async () => {
    const { status, headers, text } = await wire.send({ path: '/health' });
    expect([status, headers['anneal-protocol']]).toEqual([200, '1']);
    expect(JSON.parse(text)).toMatchObject({ name: 'anneal', protocol: 1, capabilities: expect.arrayContaining(['runs', 'queue']) }); // prettier-ignore
  });

  test.each([
    ['no token', {}, 'token-missing'],
    ['another scheme', { authorization: 'Basic YTpi' }, 'token-missing'],
    ['an empty token', { authorization: 'Bearer ' }, 'token-missing'],
    ['a wrong token', { authorization: `Bearer ${'a'.repeat(43)}` }, 'token-wrong'],
    ['a short token', { authorization: 'Bearer a' }, 'token-wrong'],
  ])('%s', async (_, headers, expected) => {
    for (const path of ['/v1/runs', '/openapi.json', '/metrics', '/nothing', '/v1/feed']) {
      const reply = await wire.send({ path, headers });
      expect([reply.status, code(reply)]).toEqual([401, expected]);
      expect(reply.headers['content-type']).toContain('application/problem+json');
    }
  });

  test('a token in the address is none', async () => {
    const reply = await wire.send({ path: `/v1/runs?token=${wire.token}&access_token=${wire.token}` });
    expect(reply.status).toBe(401);
  });

  test.each(['evil.example', '127.0.0.1', '127.0.0.1:1', 'localhost.evil.example:80'])('Host %s (DNS rebinding)', async (host) => {
    const reply = await wire.send({ path: '/health', headers: { ...wire.authorized, host } });
    expect([reply.status, code(reply)]).toEqual([403, 'host-refused']);
  }); // prettier-ignore

  test.each(['https://evil.example', 'null', 'http://127.0.0.1:80', 'vscode-webview://x'])('Origin %s', async (origin) => {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const reply = await wire.send({ method, path: '/v1/runs', headers: { ...wire.authorized, origin } });
      expect([reply.status, code(reply)]).toEqual([403, 'origin-refused']);
      expect(reply.headers['access-control-allow-origin']).toBeUndefined();
    }
  }); // prettier-ignore

  test('a daemon started anew has a new token', async () => {
    const other = new DaemonHome();
    await other.anneal(['daemon', 'start']);
    const first = new Wire(other).token;
    await other.end();
    await other.anneal(['daemon', 'start']);
    expect(new Wire(other).token).not.toBe(first);
    await other.end();
  });
});

describe('bodies', () => {
  const post = (body: string | Buffer, headers: Record<string, string> = {}): Promise<Reply> =>
    wire.send({ method: 'POST', path: '/v1/sessions', headers: { ...wire.authorized, ...headers }, body });

  test.each<[string, string | Buffer, Record<string, string>, number, string]>([
    ['no JSON', '{"client":', {}, 400, 'body-not-json'],
    ['no object', '"x"', {}, 400, 'body-not-json'],
    ['an array', '[]', {}, 400, 'request-invalid'],
    ['an unknown field', '{"client":"x","folders":[],"admin":true}', {}, 400, 'request-invalid'],
    ['a wrong type', '{"client":1,"folders":"/"}', {}, 400, 'request-invalid'],
    ['too large', Buffer.alloc(3 * 1024 * 1024, 'a'), {}, 413, 'body-too-large'],
    ['compressed', '{}', { 'content-encoding': 'gzip' }, 415, 'encoding-unsupported'],
    ['another charset', '{}', { 'content-type': 'application/json; charset=latin1' }, 415, 'charset-unsupported'],
    ['a NUL in a path', '{"client":"x","folders":["/a\\u0000b"]}', {}, 400, 'path-not-absolute'],
    ['a relative path', '{"client":"x","folders":["a/b"]}', {}, 400, 'path-not-absolute'],
  ])('%s', async (_, body, headers, status, expected) => {
    const reply = await post(body, headers);
    expect([reply.status, code(reply)]).toEqual([status, expected]);
  });

  test('wrong fields are named', async () => {
    const reply = await post('{"client":"","folders":[7]}');
    expect(JSON.parse(reply.text)).toMatchObject({ fields: [{ path: 'body.client' }, { path: 'body.folders.0' }] });
  });

  test('what is no HTTP, and headers without end', async () => {
    for (const bytes of [
      '\0\0\0\0\r\n\r\n',
      'GET\r\n\r\n',
      `GET /health HTTP/1.1\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`,
    ]) {
      const answer = await new Promise<string>((resolve) => {
        const socket = connect(wire.port, '127.0.0.1');
        let text = '';
        socket.on('data', (chunk) => (text += chunk.toString()));
        socket.on('close', () => resolve(text));
        socket.on('error', () => resolve(text));
        socket.write(bytes);
      });
      expect(answer).toMatch(/^HTTP\/1\.1 (400|431)/);
    }
    expect((await wire.send({ path: '/health' })).status).toBe(200);
  });
});

describe('paths', () => {
  const outside = temporary('outside');
  const workspace = temporary('workspace');
  const recipe = readFileSync(join(goldens, 'cases/sft-lora-llama-base/recipe.yaml'), 'utf8');
  let session: string;
  beforeAll(async () => {
    writeFileSync(join(outside, 'recipe.yaml'), recipe);
    mkdirSync(join(workspace, 'inner'));
    writeFileSync(join(workspace, 'recipe.yaml'), recipe);
    symlinkSync(outside, join(workspace, 'link'));
    symlinkSync(join(outside, 'recipe.yaml'), join(workspace, 'linked.yaml'));
    symlinkSync(join(workspace, 'loop'), join(workspace, 'loop'));
    const body = JSON.stringify({ client: 'test', folders: [workspace] });
    ({ session } = await wire.json<{ session: string }>({ method: 'POST', path: '/v1/sessions', body }));
  });

  const submit = (body: object, headers: Record<string, string> = { 'anneal-session': session }): Promise<Reply> =>
    wire.send({ method: 'POST', path: '/v1/runs', headers: { ...wire.authorized, ...headers }, body: JSON.stringify(body) }); // prettier-ignore

  test.each([
    ['a file outside', join(outside, 'recipe.yaml')],
    ['up and out', join(workspace, 'inner') + '/../../' + outside.split('/').at(-1) + '/recipe.yaml'],
    ['a linked folder', join(workspace, 'link', 'recipe.yaml')],
    ['a linked file', join(workspace, 'linked.yaml')],
    ['a folder whose name begins alike', `${workspace}-other/recipe.yaml`],
    ['a link to itself', join(workspace, 'loop', 'recipe.yaml')],
  ])('%s is refused', async (_, recipeFile) => {
    const reply = await submit({ recipeFile, workingDirectory: workspace });
    expect(reply.status === 403 || code(reply) === 'recipe-missing').toBe(true);
    expect(reply.text).not.toContain('model_name_or_path');
    const checked = await wire.send({ method: 'POST', path: '/v1/check', headers: { ...wire.authorized, 'anneal-session': session }, body: JSON.stringify({ recipeFile, workingDirectory: workspace }) }); // prettier-ignore
    expect(checked.status === 403 || code(checked) === 'recipe-missing').toBe(true);
  });

  test('what a recipe would write to or read rows from outside is refused, and the folder named', async () => {
    for (const override of [`output_dir=${outside}/out`, `dataset_dir=${outside}`, 'output_dir=link/out', 'output_dir=../x', `logging_dir=${outside}/logs`, `tokenized_path=${outside}/rows`, 'logging_dir=link/logs']) {
      const overrides = ['dataset_dir=data', 'output_dir=out', override];
      const reply = await submit({ recipeFile: join(workspace, 'recipe.yaml'), overrides, workingDirectory: workspace });
      expect([reply.status, code(reply)]).toEqual([403, 'outside-workspace']);
      expect(JSON.parse(reply.text)).toHaveProperty('folders');
    }
    const reply = await submit({ recipeFile: join(workspace, 'recipe.yaml'), workingDirectory: outside });
    expect([reply.status, code(reply)]).toEqual([403, 'outside-workspace']);
  }); // prettier-ignore

  test('without a session no path is named', async () => {
    const body = { recipeFile: join(workspace, 'recipe.yaml'), workingDirectory: workspace };
    expect(code(await submit(body, {}))).toBe('session-unknown');
    expect(code(await submit(body, { 'anneal-session': 'made-up' }))).toBe('session-unknown');
  });

  test.each(['..%2f..%2fetc', '%00', '..', 'a%2fb', '%E0%A4%A', 'A', 'x'.repeat(500)])('run id %s', async (id) => {
    const reply = await wire.send({ path: `/v1/runs/${id}`, headers: wire.authorized });
    expect([400, 404]).toContain(reply.status);
    expect(reply.text).not.toContain('root:');
  });
});

test('files with secrets are the user’s alone, and the token is nowhere else', async () => {
  const files = readdirSync(home.home.folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  expect(statSync(home.home.folder).mode & 0o077).toBe(0);
  expect(statSync(home.home.token).mode & 0o777).toBe(0o600);
  expect(statSync(home.home.lease).mode & 0o777).toBe(0o600);
  expect(statSync(home.home.log).mode & 0o777).toBe(0o600);
  const holding = files.filter((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8').includes(wire.token)); // prettier-ignore
  expect(holding.map(({ name }) => name)).toEqual(['token']);
  if (process.platform === 'linux') {
    const pid = String(home.pid);
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain(wire.token); // prettier-ignore
  }
});

test('a fuzz of every route: no 500, no crash, every refusal a problem', async () => {
  const document = await wire.json<OpenApi>({ path: '/openapi.json' });
  const folder = temporary('fuzz');
  const { session } = await wire.json<{ session: string }>({ method: 'POST', path: '/v1/sessions', body: JSON.stringify({ client: 'fuzz', folders: [folder] }) }); // prettier-ignore
  const before = home.pid;
  const statuses = new Map<number, number>();
  const seen = new Set<string>();
  const calls = fuzzRequests(document, { perRoute: 120, seed: 20_260_101, session, folder });
  const wrong: string[] = [];
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (const { operation, call } of calls) {
        const reply = await wire.send({ ...call, headers: { ...wire.authorized, ...call.headers } });
        statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
        seen.add(operation);
        const refused = reply.status >= 400;
        const isProblem = reply.headers['content-type']?.startsWith('application/problem+json') ?? false;
        if (reply.status >= 500 || refused !== isProblem) wrong.push(`${operation} ${call.path}: ${reply.status} ${reply.text.slice(0, 300)}`); // prettier-ignore
      }
    }),
  );
  expect(wrong).toEqual([]);
  expect([...seen].sort()).toEqual(Object.values(document.paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId)).sort()); // prettier-ignore
  expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(3000);
  expect(statuses.get(200)).toBeGreaterThan(100);
  expect(statuses.get(400)).toBeGreaterThan(500);
  expect(home.pid).toBe(before);
  expect(readFileSync(home.home.log, 'utf8')).not.toContain('could not be answered');
});
