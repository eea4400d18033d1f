import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { twinTarget } from '../test/twin-target.ts';
import { startTwin } from '../twin/twin.ts';
import { connectPersistently } from './reconnect.ts';
import { SshSession } from './session.ts';

const wait = { timeoutMs: 10_000 };

/** A TCP port that accepts and says this, then closes where asked to. */
async function babbler(said: string, close: boolean): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(said);
    if (close) socket.destroySoon();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await Promise.resolve();
    },
  };
}

describe('connecting', () => {
  it('to another host key is a safety refusal that names both keys and no private one', async () => {
    await using twin = await startTwin();
    const target = twinTarget(twin);
    const expected = twin.hostKeySha256;
    twin.swapHostKey();
    const error: unknown = await SshSession.connect(target, wait).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'SSH_HOST_KEY_MISMATCH', exitCode: 4, expected, got: twin.hostKeySha256 });
    expect(String(error)).toContain(expected);
    expect(String(error)).toContain(twin.hostKeySha256);
    expect(twin.record.commands).toEqual([]);
  });

  it('with a key that the host does not take says what to do, and shows no key', async () => {
    await using twin = await startTwin();
    twin.refuseAuthentication();
    const error: unknown = await SshSession.connect(twinTarget(twin), wait).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'SSH_AUTHENTICATION_FAILED', exitCode: 3 });
    expect(String(error)).toMatch(/authorized_keys/);
    expect(String(error)).not.toContain('PRIVATE KEY');
  });

  it('with a text that is no key is an authentication error that does not show it', async () => {
    await using twin = await startTwin();
    const target = twinTarget(twin, { auth: { privateKey: 'my secret, not a key' } });
    const error: unknown = await SshSession.connect(target, wait).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'SSH_AUTHENTICATION_FAILED' });
    expect(String(error)).not.toContain('secret');
  });

  it('with an agent that is not there is an authentication error', async () => {
    await using twin = await startTwin();
    const target = twinTarget(twin, { auth: { agent: '/nonexistent/agent.sock' } });
    await expect(SshSession.connect(target, wait)).rejects.toMatchObject({ code: 'SSH_AUTHENTICATION_FAILED' });
  });

  it('to a port where nobody listens names address, port and reason', async () => {
    await using twin = await startTwin();
    const target = twinTarget(twin);
    await twin.powerOff();
    await expect(SshSession.connect(target, wait)).rejects.toMatchObject({
      code: 'SSH_HOST_UNREACHABLE',
      message: expect.stringMatching(new RegExp(`127\\.0\\.0\\.1:${target.port}.*nobody listens`)) as unknown,
    });
  });

  it.each([
    ['closes at once', '', true, 'SSH_HOST_UNREACHABLE'],
    ['says nothing', '', false, 'SSH_HOST_UNREACHABLE'],
    ['is no SSH server', 'HTTP/1.1 400 Bad Request\r\n\r\n', true, 'SSH_HOST_UNREACHABLE'],
    ['speaks SSH 1', 'SSH-1.0-old\r\n', false, 'SSH_HANDSHAKE_FAILED'],
  ])('to a port that %s', async (_what, said, close, code) => {
    await using twin = await startTwin();
    await using port = await babbler(said, close);
    const target = twinTarget(twin, { port: port.port });
    await expect(SshSession.connect(target, wait, { silenceTimeoutMs: 200 })).rejects.toMatchObject({ code });
  });

  it('to a host that freezes in the middle ends with the deadline', async () => {
    await using twin = await startTwin();
    const target = twinTarget(twin);
    twin.freeze();
    await expect(SshSession.connect(target, { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'SSH_HOST_UNREACHABLE',
      message: expect.stringContaining('no session within 0.2 s') as unknown,
    });
  });
});

describe('connecting persistently', () => {
  it('waits for a host that boots', async () => {
    await using twin = await startTwin();
    const target = twinTarget(twin);
    await twin.powerOff();
    const reasons: string[] = [];
    await using session = await connectPersistently(target, {
      wait,
      firstPauseMs: 10,
      onAttempt: ({ number, error }) => {
        reasons.push(error.reason);
        if (number === 3) void twin.powerOn();
      },
    });
    expect((await session.exec(['echo', 'up'], { wait })).stdout).toBe('up\n');
    expect(reasons.length).toBeGreaterThanOrEqual(3);
    expect(reasons[0]).toMatch(/refused/);
  });

  it('gives up at the deadline with the last reason and the number of attempts', async () => {
    await using twin = await startTwin();
    const target = twinTarget(twin);
    await twin.powerOff();
    const trying = connectPersistently(target, { wait: { timeoutMs: 2000 }, firstPauseMs: 10 });
    await expect(trying).rejects.toMatchObject({
      code: 'SSH_HOST_UNREACHABLE',
      message: expect.stringMatching(/after \d+ attempts: the connection was refused/) as unknown,
    });
  });

  it.each([
    ['a wrong host key', 'SSH_HOST_KEY_MISMATCH'],
    ['a refused login', 'SSH_AUTHENTICATION_FAILED'],
  ])('never repeats %s', async (_what, code) => {
    await using twin = await startTwin();
    const target = twinTarget(twin);
    if (code === 'SSH_HOST_KEY_MISMATCH') twin.swapHostKey();
    else twin.refuseAuthentication();
    let attempts = 0;
    const trying = connectPersistently(target, { wait, firstPauseMs: 10, onAttempt: () => (attempts += 1) });
    await expect(trying).rejects.toMatchObject({ code });
    expect(attempts).toBe(0);
  });

  it('stops when the caller does', async () => {
    await using twin = await startTwin();
    const target = twinTarget(twin);
    await twin.powerOff();
    const caller = new AbortController();
    const trying = connectPersistently(target, {
      wait: { ...wait, signal: caller.signal },
      firstPauseMs: 10,
      onAttempt: ({ number }) => number === 2 && caller.abort(new Error('enough')),
    });
    await expect(trying).rejects.toThrow('enough');
  });
});
