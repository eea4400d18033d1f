import { stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../test/temporary-directory.ts';
import { liveRuns } from '../fixtures/live-runs.ts';
import { viewOf } from '../fixtures/view-of.ts';
import { LivePortError, LiveServer } from './live-server.ts';
import { tokenOfFile } from './token.ts';

const token = 'a-token-of-the-test-itself';
const events = liveRuns['under way, one lost'].events;

/** Status of a request that says another name than it goes to, as no fetch can. */
async function statusFor(url: string, host: string): Promise<number | undefined> {
  return await new Promise((resolve, reject) => {
    const asked = request(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('error', reject).end();
  });
}

/** What an event stream says, piece by piece. */
async function* piecesOf(response: Response): AsyncGenerator<string> {
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    const pieces = text.split('\n\n');
    text = pieces.pop() ?? '';
    yield* pieces;
  }
}

async function nextState(pieces: AsyncGenerator<string>): Promise<{ id: string; data: string }> {
  for (let piece = await pieces.next(); piece.done !== true; piece = await pieces.next()) {
    const [, id] = /^id: (.*)$/m.exec(piece.value) ?? [];
    const [, data] = /^data: (.*)$/m.exec(piece.value) ?? [];
    if (id !== undefined && data !== undefined) return { id, data };
  }
  throw new Error('the stream ended');
}

describe('who may see the live page', () => {
  it.each<[string, string, Record<string, string>, number]>([
    ['the token', `?token=${token}`, {}, 200],
    ['the token as a bearer', '', { authorization: `Bearer ${token}` }, 200],
    ['no token', '', {}, 403],
    ['a wrong token', '?token=a-token-of-the-test-itselF', {}, 403],
    ['a longer token', `?token=${token}x`, {}, 403],
    ['a wrong bearer beside the right token', `?token=${token}`, { authorization: 'Bearer wrong' }, 403],
  ])('%s', async (_what, query, headers, status) => {
    await using server = await LiveServer.listen(0, token);
    server.view(viewOf(events));
    for (const path of ['/', '/metrics', '/nothing']) {
      const response = await fetch(new URL(`${path}${query}`, server.url), { headers });
      const body = await response.text();
      expect(response.status).toBe(path === '/nothing' && status === 200 ? 404 : status);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-/,
      );
      if (status === 403) expect(body).not.toContain('elysium');
    }
  });

  it.each([
    ['127.0.0.1:1', 200],
    ['localhost:8080', 200],
    ['[::1]', 200],
    ['evil.example', 403],
    ['localhost.evil.example:80', 403],
    ['127.0.0.1.evil.example', 403],
  ])('somebody who came by the name %s gets %i', async (host, status) => {
    await using server = await LiveServer.listen(0, token);
    expect(await statusFor(server.url, host)).toBe(status);
  });

  it('nobody on another port of this machine by chance: a port that is taken is said', async () => {
    await using server = await LiveServer.listen(0, token);
    const port = Number(new URL(server.url).port);
    await expect(LiveServer.listen(port, token)).rejects.toThrow(LivePortError);
  });
});

describe('the stream of states', () => {
  it('begins with the newest, tells the next, and ends with the server', async () => {
    const server = await LiveServer.listen(0, token);
    const response = await fetch(server.url.replace('/?', '/events?'));
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const pieces = piecesOf(response);
    expect((await pieces.next()).value).toBe('retry: 2000');
    server.view(viewOf(liveRuns['no cycle yet'].events));
    expect(JSON.parse((await nextState(pieces)).data)).toMatchObject({ cycle: 'no cycle yet' });
    server.view(viewOf(events));
    expect(JSON.parse((await nextState(pieces)).data)).toMatchObject({ cycle: 'cycle 38 of 100' });
    const rest = nextState(pieces);
    await server[Symbol.asyncDispose]();
    await expect(rest).rejects.toThrow();
  });

  it('tells whoever comes back nothing that it has, and at once what it has not', async () => {
    await using server = await LiveServer.listen(0, token);
    const url = server.url.replace('/?', '/events?');
    server.view(viewOf(events));
    const { id } = await nextState(piecesOf(await fetch(url)));
    const pieces = piecesOf(await fetch(url, { headers: { 'last-event-id': id } }));
    expect([(await pieces.next()).value, (await pieces.next()).value]).toEqual(['retry: 2000', ': still here']);
    server.view(viewOf(liveRuns.parked.events));
    expect((await nextState(pieces)).id).not.toBe(id);
  });
});

describe('the token in a file', () => {
  it('is made once, for its owner alone, and kept', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'token');
    const made = await tokenOfFile(path);
    expect(made).toMatch(/^[\w-]{43}$/);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await tokenOfFile(path)).toBe(made);
  });

  it('is refused where anybody could guess it', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'token');
    await writeFile(path, 'secret\n');
    await expect(tokenOfFile(path)).rejects.toThrow(/20 letters/);
  });
});
