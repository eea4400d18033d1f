import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { RawClient } from './raw-client.ts';
import { startTwin, type Twin } from './twin.ts';

/** A zombie is dead; it only waits for its parent or init. */
const isAlive = (pid: number): boolean => {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
};

/** With file types, for otherwise Node follows symlinks, and sysfs is full of circles. */
const paths = (twin: Twin): readonly string[] =>
  readdirSync(twin.root, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

describe('commands over SSH', () => {
  it('OpenSSH gets in, with the host key pinned', async () => {
    await using twin = await startTwin();
    const folder = dirname(twin.root);
    writeFileSync(join(folder, 'key'), twin.clientPrivateKey, { mode: 0o600 });
    writeFileSync(join(folder, 'known'), `[127.0.0.1]:${twin.port} ${twin.hostPublicKey}\n`);
    const options = ['-F', 'none', '-i', join(folder, 'key'), '-o', `UserKnownHostsFile=${join(folder, 'known')}`];
    const command = ['-o', 'BatchMode=yes', '-p', String(twin.port), 'root@127.0.0.1', 'qm status 100; exit 7'];
    await expect(promisify(execFile)('ssh', [...options, ...command])).rejects.toMatchObject({
      code: 7,
      stdout: 'status: stopped\n',
    });
    expect(twin.record.commands).toEqual(['qm status 100; exit 7']);
    expect(twin.record.changes).toEqual([]);
  });

  it('a real shell runs them, with stdin, both outputs, exit status and signal', async () => {
    await using twin = await startTwin();
    await using client = await RawClient.connect(twin);
    expect(await client.exec('tr a-z A-Z; echo oops >&2; exit 3', 'größe\n')).toEqual({
      stdout: 'GRößE\n',
      stderr: 'oops\n',
      exitCode: 3,
      signal: null,
    });
    expect(await client.exec('kill -KILL $$')).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
    const { stdout } = await client.exec('head -c 5000000 /dev/zero | tr "\\0" x');
    expect(stdout).toHaveLength(5_000_000);
  });

  it('perl answers requests on stdin over the tree, and sees what the VM changes', async () => {
    await using twin = await startTwin();
    await using client = await RawClient.connect(twin);
    const script =
      'my $d = "$ENV{COMEBACK_ROOT}/sys/bus/pci/devices"; $| = 1; while (<STDIN>) { chomp; print readlink("$d/$_/driver") =~ s{.*/}{}r, "\\n" }';
    const channel = await client.open(`perl -e '${script}'`);
    const answer = async (): Promise<string> => {
      channel.write('0000:2b:00.0\n');
      const [data] = (await once(channel, 'data')) as [Buffer];
      return data.toString();
    };
    expect(await answer()).toBe('nouveau\n');
    await client.exec('qm start 100');
    expect(await answer()).toBe('vfio-pci\n');
    channel.end();
    await once(channel, 'close');
  });

  it('a session counts until its command has ended, ten are the limit', async () => {
    await using twin = await startTwin();
    await using client = await RawClient.connect(twin);
    const open = await Promise.all(
      Array.from({ length: 10 }, (_, index) => client.open(index === 0 ? 'exec sleep 600' : 'cat')),
    );
    await expect(client.open('true')).rejects.toThrow(/open failure/i);
    expect(twin.maxOpenSessions).toBe(10);
    // The first loses its channel while its command goes on: that session still counts.
    const [deaf, ...rest] = open;
    if (deaf === undefined) throw new Error('no channel');
    deaf.resume().close();
    await once(deaf, 'close');
    await expect(client.open('true')).rejects.toThrow(/open failure/i);
    const closed = rest.map((channel) => once(channel.resume().end(), 'close'));
    await Promise.all(closed);
    expect((await client.exec('true')).exitCode).toBe(0);
  });
});

describe('what is left behind', () => {
  it('a command whose channel closes loses its pipes and nothing else', async () => {
    await using twin = await startTwin();
    await using client = await RawClient.connect(twin);
    const reader = await client.open('cat >/dev/null');
    const deaf = await client.open('exec sleep 600');
    expect(twin.runningCommands).toHaveLength(2);
    reader.close();
    deaf.close();
    await expect.poll(() => twin.runningCommands).toEqual(['exec sleep 600']);
  });

  it('disposal ends every process with its descendants, the port and the folder', async () => {
    const twin = await startTwin();
    const client = await RawClient.connect(twin);
    const channel = await client.open('sleep 600 & echo $!; echo $$; wait');
    const [data] = (await once(channel, 'data')) as [Buffer];
    const pids = data.toString().trim().split('\n').map(Number);
    const orphan = await client.exec('sleep 600 >/dev/null 2>&1 & echo $!');
    pids.push(Number(orphan.stdout));
    expect(pids.every(isAlive)).toBe(true);
    const programs = dirname((await client.exec('echo $COMEBACK_TWIN_QM')).stdout);
    expect(existsSync(programs)).toBe(true);

    await twin[Symbol.asyncDispose]();

    await client.closed;
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
    expect(existsSync(programs)).toBe(false);
    expect(existsSync(dirname(twin.root))).toBe(false);
    await expect(RawClient.connect(twin)).rejects.toThrow(/ECONNREFUSED/);
  });

  it('two hundred cycles leave the tree as one cycle left it', async () => {
    await using twin = await startTwin();
    await using client = await RawClient.connect(twin);
    const cycle = async (): Promise<void> => {
      expect((await client.exec('qm start 100')).exitCode).toBe(0);
      expect((await client.exec('qm stop 100')).exitCode).toBe(0);
    };
    await cycle();
    const files = paths(twin);
    for (let count = 0; count < 200; count++) await cycle();
    expect(paths(twin)).toEqual(files);
  });
});
