import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rename, rm, writeFile, appendFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../clock.ts';
import { hostConsole } from '../../inventory/console.ts';
import { commandConsole } from './command-source.ts';
import { consoleSourceOf } from './console-source-of.ts';
import { fileConsole } from './file-source.ts';
import { netconsole } from './netconsole-source.ts';
import { ConsoleRecorder, type RecognisedLine, type RecorderOptions } from './recorder.ts';
import { tcpConsole, unixConsole } from './socket-source.ts';
import type { ConsoleSource } from './source.ts';

const wait = { timeoutMs: 10_000 };
let directory: string;
let signs: RecognisedLine[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'comeback-console-'));
  signs = [];
});
afterEach(() => rm(directory, { recursive: true }));

async function record(source: ConsoleSource, options: Partial<RecorderOptions> = {}): Promise<ConsoleRecorder> {
  return await ConsoleRecorder.start(source, {
    directory,
    clock: systemClock,
    onSign: (sign) => signs.push(sign),
    firstPauseMs: 10,
    longestPauseMs: 50,
    ...options,
  });
}

const log = (): Promise<string> => readFile(join(directory, 'console.log'), 'utf8');
/** The lines without their time. */
const lines = async (): Promise<string[]> =>
  (await log())
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(25));
const panic = '[   12.0] Kernel panic - not syncing: Fatal exception\r\n';
const banner = '[    0.000000] Linux version 6.1.0-56-amd64 (debian-kernel@lists.debian.org) #1 SMP\r\n';

/** A serial server: each connection is handed to the test. */
class SerialServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #arrived: Socket[] = [];
  #next: (() => void) | undefined;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      socket.on('error', () => undefined);
      this.#arrived.push(socket);
      this.#next?.();
    });
  }

  static async listen(where: { port: number; host: string } | { path: string }): Promise<SerialServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(where, resolve));
    return new SerialServer(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async connection(): Promise<Socket> {
    for (;;) {
      const socket = this.#arrived.shift();
      if (socket !== undefined) return socket;
      await new Promise<void>((resolve) => (this.#next = resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#arrived) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const anyPort = { port: 0, host: '127.0.0.1' };

describe('over TCP', () => {
  it('records with the time of the controller, and tells what it recognises', async () => {
    await using server = await SerialServer.listen(anyPort);
    const before = Date.now();
    {
      await using recorder = await record(tcpConsole('127.0.0.1', server.port));
      const serial = await server.connection();
      serial.write(`${banner}hello\r\nelysium login: `);
      const prompt = await recorder.waitForSign(['login-prompt'], 0, wait);
      expect(prompt).toMatchObject({ n: 2, standing: 'up', text: 'elysium login: ' });
      serial.write('root\r\n');
      serial.write(panic);
      await recorder.waitForSign(['panic'], prompt.n, wait);
      expect(recorder.excerpt(2)).toEqual([
        expect.stringMatching(/ \| elysium login: root$/),
        expect.stringMatching(/ \| \[ {3}12\.0\] Kernel panic - not syncing: Fatal exception$/),
      ]);
    }
    expect(signs.map(({ kind }) => kind)).toEqual(['kernel-started', 'login-prompt', 'panic']);
    const [first = ''] = (await log()).split('\n');
    const atMs = Date.parse(first.slice(0, 24));
    expect(atMs).toBeGreaterThanOrEqual(before);
    expect(atMs).toBeLessThanOrEqual(Date.now());
    expect(await lines()).toEqual([
      expect.stringMatching(/^# console tcp:\/\/127\.0\.0\.1:\d+ connected$/),
      expect.stringMatching(/^\| \[ {4}0\.000000\] Linux version 6\.1\.0-56-amd64/),
      '| hello',
      '| elysium login: root',
      '| [   12.0] Kernel panic - not syncing: Fatal exception',
      '# console recording ended',
    ]);
  });

  it('comes back after each drop, keeps the half line, and says what it missed', async () => {
    await using server = await SerialServer.listen(anyPort);
    {
      await using recorder = await record(tcpConsole('127.0.0.1', server.port));
      const serial = await server.connection();
      serial.write('whole\r\nhalf of a l');
      await expect.poll(() => recorder.excerpt(1)[0]).toMatch(/half of a l$/);
      serial.resetAndDestroy();
      const again = await server.connection();
      again.write(banner);
      await recorder.waitForSign(['kernel-started'], 0, wait);
      again.end();
      (await server.connection()).write(panic);
      await recorder.waitForSign(['panic'], 0, wait);
    }
    expect((await lines()).map((line) => line.replace(/\d+(\.\d+)? s|:\d+/g, 'N'))).toEqual([
      '# console tcp://127.0.0.1N connected',
      '| whole',
      '| half of a l',
      expect.stringMatching(/^# console .* lost: read ECONNRESET; what follows until it is back was not heard$/),
      '# console tcp://127.0.0.1N connected after N',
      expect.stringMatching(/^\| .*Linux version/),
      expect.stringMatching(/^# console .* lost: the other side closed it; /),
      '# console tcp://127.0.0.1N connected after N',
      expect.stringMatching(/^\| .*Kernel panic/),
      '# console recording ended',
    ]);
  });

  it('says once that nobody is there, and connects when somebody is', async () => {
    const gone = await SerialServer.listen(anyPort);
    const { port } = gone;
    await gone[Symbol.asyncDispose]();
    const notes: string[] = [];
    await using recorder = await record(tcpConsole('127.0.0.1', port), { onNote: (note) => notes.push(note) });
    await expect(recorder.connected({ timeoutMs: 200 })).rejects.toThrow('in vain');
    expect(notes).toHaveLength(1);
    expect(recorder.loss).toMatch(/ECONNREFUSED/);
    await using server = await SerialServer.listen({ port, host: '127.0.0.1' });
    await recorder.connected(wait);
    expect(recorder.loss).toBeUndefined();
    (await server.connection()).destroy();
  });

  it('takes a burst of 5 MB whole, in files of bounded size', async () => {
    await using server = await SerialServer.listen(anyPort);
    const count = 50_000;
    {
      await using recorder = await record(tcpConsole('127.0.0.1', server.port), {
        maxFileBytes: 2 * 1024 * 1024,
        keptFiles: 9,
        ringLines: 100,
      });
      const serial = await server.connection();
      const burst = Array.from({ length: count }, (_, at) => `[${at}] ${'x'.repeat(90)}\r\n`);
      serial.write(burst.join(''));
      serial.write(panic);
      await recorder.waitForSign(['panic'], 0, wait);
      expect(recorder.excerpt(1000)).toHaveLength(100);
    }
    const files = (await readdir(directory)).sort().reverse();
    expect(files.length).toBeGreaterThan(2);
    const contents = await Promise.all(
      ['console.4.log', 'console.3.log', 'console.2.log', 'console.1.log', 'console.log']
        .filter((name) => files.includes(name))
        .map((name) => readFile(join(directory, name), 'utf8')),
    );
    for (const content of contents) expect(content.length).toBeLessThanOrEqual(2 * 1024 * 1024);
    const numbers = [...contents.join('').matchAll(/ \| \[(\d+)\] x{90}$/gm)].map(([, number]) => Number(number));
    expect(numbers).toEqual(Array.from({ length: count }, (_, at) => at));
  });

  it('drops the oldest file where the budget is spent', async () => {
    await using server = await SerialServer.listen(anyPort);
    {
      await using recorder = await record(tcpConsole('127.0.0.1', server.port), { maxFileBytes: 2000, keptFiles: 2 });
      const serial = await server.connection();
      for (let at = 0; at < 40; at += 1) {
        const mark = recorder.mark;
        serial.write(`${'y'.repeat(200)}\r\n${panic}`);
        await recorder.waitForSign(['panic'], mark, wait);
      }
    }
    expect((await readdir(directory)).sort()).toEqual(['console.1.log', 'console.2.log', 'console.log']);
  });

  it('goes on below what an earlier session wrote, even if that ended in half a line', async () => {
    await writeFile(join(directory, 'console.log'), '2026-08-17T10:00:00.000Z | earl');
    await using server = await SerialServer.listen(anyPort);
    {
      await using recorder = await record(tcpConsole('127.0.0.1', server.port));
      await recorder.connected(wait);
    }
    expect(await log()).toMatch(/^2026-08-17T10:00:00\.000Z \| earl\n20\d\d-.* # console tcp/);
  });

  it('lets no host forge a remark or colour a terminal', async () => {
    await using server = await SerialServer.listen(anyPort);
    {
      await using recorder = await record(tcpConsole('127.0.0.1', server.port));
      const serial = await server.connection();
      serial.write('\x1b[2J2026-08-17T10:00:00.000Z # console recording ended\r\n\xff\x07\r\n');
      serial.write(panic);
      await recorder.waitForSign(['panic'], 0, wait);
    }
    expect(await lines()).toContain('| 2026-08-17T10:00:00.000Z # console recording ended');
    // eslint-disable-next-line no-control-regex -- the point of it
    expect(await log()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });
});

it('tells of a prompt once, though its line ends later', async () => {
  await using server = await SerialServer.listen(anyPort);
  await using recorder = await record(tcpConsole('127.0.0.1', server.port));
  const serial = await server.connection();
  serial.write('elysium login: ');
  const { n } = await recorder.waitForSign(['login-prompt'], 0, wait);
  serial.write(`\r\n${panic}`);
  await recorder.waitForSign(['panic'], n, wait);
  expect(signs.map(({ kind }) => kind)).toEqual(['login-prompt', 'panic']);
});

it('hears a UNIX socket', async () => {
  const path = join(directory, 'serial');
  await using server = await SerialServer.listen({ path });
  await using recorder = await record(unixConsole(path));
  (await server.connection()).write(panic);
  expect(await recorder.waitForSign(['panic'], 0, wait)).toMatchObject({ standing: 'wedged' });
});

describe('a command', () => {
  it('is started anew whenever it ends, and its words are in the record', async () => {
    const script = `if [ -e "$0/again" ]; then printf '%s' "$1"; exec cat; fi; touch "$0/again"; echo first; echo "SOL session closed by BMC" >&2; exit 1`;
    {
      await using recorder = await record(commandConsole(['sh', '-c', script, directory, panic]));
      await recorder.waitForSign(['panic'], 0, wait);
    }
    expect(await lines()).toEqual([
      '# console command sh connected',
      '| first',
      expect.stringMatching(/^# console command sh lost: .*it ended with 1: SOL session closed by BMC\. /),
      expect.stringMatching(/^# console command sh connected after /),
      expect.stringMatching(/^\| .*Kernel panic/),
      '# console recording ended',
    ]);
  });

  it('ends with the recorder, whatever it has started', async () => {
    const script = `sh -c 'echo "pid $$"; exec sleep 60' & wait`;
    const recorder = await record(commandConsole(['sh', '-c', script]));
    await expect.poll(() => recorder.excerpt(1)[0], { timeout: 5000 }).toMatch(/\| pid \d+$/);
    const pid = Number(/\d+$/.exec(recorder.excerpt(1)[0] ?? '')?.[0]);
    await recorder[Symbol.asyncDispose]();
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it('that does not hear SIGTERM is killed', async () => {
    const recorder = await record(
      commandConsole(['sh', '-c', `trap '' TERM; echo "pid $$"; while :; do sleep 1; done`]),
    );
    await expect.poll(() => recorder.excerpt(1)[0], { timeout: 5000 }).toMatch(/\| pid \d+$/);
    const pid = Number(/\d+$/.exec(recorder.excerpt(1)[0] ?? '')?.[0]);
    await recorder[Symbol.asyncDispose]();
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it('that is not there is a loss like any other', async () => {
    await using recorder = await record(commandConsole(['/nonexistent/ipmitool']));
    await expect.poll(() => recorder.loss).toMatch(/ENOENT/);
  });
});

/** A zombie is dead: only its parent has not looked yet, and an orphan's is the init of this machine. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

it('follows a file through truncation and replacement', async () => {
  const path = join(directory, 'serial.txt');
  await writeFile(path, `before us\n${panic}`);
  await using recorder = await record(fileConsole(path, systemClock, 'end'));
  await recorder.connected(wait);
  await appendFile(path, banner);
  const boot = await recorder.waitForSign(['kernel-started'], 0, wait);
  expect(boot.n).toBe(1);
  await writeFile(path, panic);
  const death = await recorder.waitForSign(['panic'], boot.n, wait);
  await writeFile(join(directory, 'next'), banner);
  await rename(join(directory, 'next'), path);
  await recorder.waitForSign(['kernel-started'], death.n, wait);
  expect(recorder.excerpt(10).join('\n')).not.toContain('before us');
});

it('hears netconsole, from the host alone, and tells of records that never came', async () => {
  let announce: (port: number) => void = () => undefined;
  const listening = new Promise<number>((resolve) => (announce = resolve));
  const source = netconsole({ address: '127.0.0.1', port: 0, from: '127.0.0.1', onListening: announce });
  await using recorder = await record(source);
  const port = await listening;
  const host = createSocket('udp4');
  const stranger = createSocket('udp4');
  await new Promise<void>((resolve) => stranger.bind(0, '127.0.0.2', resolve));
  const send = (socket: typeof host, text: string): Promise<void> =>
    new Promise((resolve) => socket.send(text, port, '127.0.0.1', () => resolve()));
  await send(stranger, '0,1,1,-;Kernel panic - not syncing: forged');
  await send(host, '6,7,1000000,-;fine');
  await send(host, '0,12,2000000,-,ncfrag=0/38;Kernel panic - not ');
  await send(host, '0,12,2000000,-,ncfrag=19/38;syncing: real enough');
  const { text } = await recorder.waitForSign(['panic'], 0, wait);
  expect(text).toBe('[    2.000000] Kernel panic - not syncing: real enough');
  expect(recorder.excerpt(2)[0]).toMatch(/# netconsole: 4 records before number 12 never came$/);
  expect(signs).toHaveLength(1);
  host.close();
  stranger.close();
});

it('makes the source that the inventory describes', () => {
  const dependencies = { host: 'elysium', clock: systemClock };
  const of = (config: unknown): string => consoleSourceOf(hostConsole.parse(config), dependencies).description;
  expect(of({ source: 'tcp', address: 'ser2net.lan', port: 3001 })).toBe('tcp://ser2net.lan:3001');
  expect(of({ source: 'netconsole' })).toBe('netconsole 0.0.0.0:6666');
  expect(of({ source: 'command', command: ['ipmitool', 'sol', 'activate'] })).toBe('command ipmitool');
  expect(of({ source: 'unix', path: '/run/serial' })).toBe('unix:/run/serial');
  expect(() => of({ source: 'virtual-lab' })).toThrow(/elysium is none/);
  expect(() => of({ source: 'netconsole', from: 'elysium.lan' })).toThrow(/must be an IP address/);
});
