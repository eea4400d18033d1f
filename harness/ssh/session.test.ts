import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { twinSession, twinTarget } from '../test/twin-target.ts';
import { startTwin } from '../twin/twin.ts';
import { CommandTimeoutError, ConnectionLostError, OutputLimitError } from './errors.ts';
import { SshSession } from './session.ts';

const wait = { timeoutMs: 10_000 };
/** Says that it runs, then waits for the end of its input. */
const waiter = ['sh', '-c', 'echo started; cat >/dev/null'];

function newGate(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

describe('a command on the host', () => {
  it('gets its arguments as they are, its input, and gives its output and exit code', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    const argument = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
    await fc.assert(
      fc.asyncProperty(fc.array(argument, { maxLength: 4 }), fc.string(), async (words, stdin) => {
        const argv = ['sh', '-c', String.raw`printf '%s\n' "$@"; cat >&2; exit 7`, 'sh', ...words];
        const result = await session.exec(argv, { wait, stdin });
        const stdout = words.length === 0 ? '\n' : words.map((word) => `${word}\n`).join('');
        expect(result).toEqual({ exitCode: 7, signal: null, stdout, stderr: stdin });
      }),
      { numRuns: 15 },
    );
  });

  it('has its output decoded once, so that a character cut in two stays whole', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    const halves = String.raw`printf '\303'; sleep 0.1; printf '\244\n'`;
    expect((await session.exec(['sh', '-c', halves], { wait })).stdout).toBe('ä\n');
    const many = await session.exec(['sh', '-c', 'yes äöü€ | head -c 400000'], { wait });
    expect(many.stdout.replaceAll('äöü€\n', '')).not.toContain('\u{fffd}'.repeat(2));
    expect(Buffer.byteLength(many.stdout)).toBeGreaterThanOrEqual(400_000);
  });

  it('that dies by a signal says which', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    expect(await session.exec(['exec', 'sh', '-c', 'kill -KILL $$'], { wait })).toMatchObject({
      exitCode: null,
      signal: 'SIGKILL',
    });
  });

  it('that outlasts its deadline is a timeout that names it, and the session goes on', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    const late = session.exec(waiter, { wait: { timeoutMs: 300 }, stdin: 'x' });
    await expect(session.exec(['sleep', '20'], { wait: { timeoutMs: 300 } })).rejects.toMatchObject({
      code: 'SSH_COMMAND_TIMEOUT',
      argv: ['sleep', '20'],
    });
    await expect(late).resolves.toMatchObject({ exitCode: 0 });
    expect((await session.exec(['echo', 'on'], { wait })).stdout).toBe('on\n');
    await expect(session.exec(['sleep', '20'], { wait: { timeoutMs: 100 } })).rejects.toThrow(CommandTimeoutError);
  });

  it('ends with the caller’s own reason when the caller calls it off', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    const caller = new AbortController();
    const cancellable = { ...wait, signal: caller.signal };
    const { promise: started, resolve: onLine } = newGate();
    await session.open(waiter, { wait, maxLineBytes: 100, onLine });
    const running = session.exec(['sleep', '20'], { wait: cancellable });
    await started;
    caller.abort(new Error('the operator pressed ^C'));
    await expect(running).rejects.toThrow('the operator pressed ^C');
    await expect(session.exec(['true'], { wait: cancellable })).rejects.toThrow('the operator pressed ^C');
  });

  it('that floods us is cut off', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    const flood = session.exec(['yes'], { wait, maxOutputBytes: 100_000 });
    await expect(flood).rejects.toThrow(OutputLimitError);
    await twin.commandsEnded();
  });
});

describe('channels of one session', () => {
  it('are never more than sshd allows, so that twenty commands at once all end', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    const numbers = Array.from({ length: 20 }, (_, index) => String(index));
    const results = await Promise.all(
      numbers.map((text) => session.exec(['sh', '-c', 'sleep 0.05; echo "$1"', 'sh', text], { wait })),
    );
    expect(results.map(({ stdout }) => stdout.trim())).toEqual(numbers);
    expect(twin.maxOpenSessions).toBeGreaterThan(1);
  });

  it('give lines as they come and end when disposed, with nothing left on the host', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    const lines: string[] = [];
    const { promise: three, resolve: seen } = newGate();
    const channel = await session.open(['sh', '-c', 'while read -r l; do echo "got $l"; done'], {
      wait,
      maxLineBytes: 1000,
      onLine: (line) => {
        if (lines.push(line) === 3) seen();
      },
    });
    channel.write('a\nb\nc\n');
    await three;
    expect(lines).toEqual(['got a', 'got b', 'got c']);
    await channel[Symbol.asyncDispose]();
    await twin.commandsEnded();
  });

  it('that send a line without end are closed', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    const channel = await session.open(['sh', '-c', 'yes | tr -d "\\n"'], {
      wait,
      maxLineBytes: 1000,
      onLine: () => undefined,
    });
    expect((await channel.closed).cause).toMatchObject({ code: 'SSH_LINE_TOO_LONG' });
  });
});

describe('loss of the connection', () => {
  it('in the middle of a command is never a success', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    const { promise: started, resolve: onLine } = newGate();
    const channel = await session.open(waiter, { wait, maxLineBytes: 100, onLine });
    await started;
    const command = session.exec(['sleep', '30'], { wait });
    const settled = expect(command).rejects.toThrow(ConnectionLostError);
    twin.dropConnections();
    await settled;
    expect(await session.closed).toBeInstanceOf(ConnectionLostError);
    expect(await channel.closed).toMatchObject({ end: null, cause: { code: 'SSH_CONNECTION_LOST' } });
    await expect(session.exec(['true'], { wait })).rejects.toThrow(ConnectionLostError);
  });

  it('is noticed when the host freezes, by keepalive', async () => {
    await using twin = await startTwin();
    await using session = await SshSession.connect(twinTarget(twin), wait, { keepaliveIntervalMs: 100 });
    twin.freeze();
    const loss = await session.closed;
    expect(loss?.message).toMatch(/Keepalive timeout/);
  });

  it('of our own doing does not wait for a host that hangs', { timeout: 10_000 }, async () => {
    await using twin = await startTwin();
    const session = await twinSession(twin);
    twin.freeze();
    await session[Symbol.asyncDispose]();
    expect(await session.closed).toBeUndefined();
  });

  it('of our own doing is none', async () => {
    await using twin = await startTwin();
    const session = await twinSession(twin);
    await session[Symbol.asyncDispose]();
    expect(await session.closed).toBeUndefined();
    await expect(session.exec(['true'], { wait })).rejects.toMatchObject({ code: 'SSH_CONNECTION_LOST' });
  });
});
