import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { comeback } from '../test/comeback-process.ts';
import { TwinBench } from '../test/twin-bench.ts';
import { startTwin } from '../twin/twin.ts';

const printed = z.strictObject({
  host: z.string(),
  exitCode: z.number(),
  checks: z.array(
    z.strictObject({
      area: z.enum(['controller', 'inventory', 'host', 'function', 'vm']),
      check: z.string(),
      function: z.string().nullable(),
      status: z.enum(['ok', 'warning', 'stops-a-run', 'not-checked']),
      says: z.string().min(1),
      mend: z
        .string()
        .regex(/^[^\n]+$/)
        .nullable(),
      exitCode: z.number().nullable(),
    }),
  ),
});

async function examined(args: readonly string[]) {
  const { exitCode, stdout, stderr } = await comeback(['doctor', ...args, '--json']);
  expect(stderr).toBe('');
  const result = printed.parse(JSON.parse(stdout));
  expect(result.exitCode).toBe(exitCode);
  for (const { status, mend } of result.checks) expect(mend === null).toBe(status === 'ok');
  return { exitCode, checks: result.checks, stopping: result.checks.filter(({ status }) => status === 'stops-a-run') };
}

/** Everything that a command may send to a host only to look at it. */
const looking =
  /^(?:perl -e |qm (?:status|config) |sh -c '.*exec (?:cat|od) |sh -c 'command -v |sh -c 'cd .*vmlinuz-\*)/s;

describe('comeback doctor', () => {
  it('says of a host that is well that nothing stops a run, and only looks', async () => {
    await using twin = await startTwin({ boot: { loader: 'grub' } });
    await using bench = await TwinBench.create(twin);
    const { exitCode, stdout, stderr } = await comeback(['doctor', ...bench.hostArgs, ...bench.reportsArgs]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const line of [
      'Host twin\n  ok    reachable       root@127.0.0.1:',
      '  ok    acs-override    pcie_acs_override=downstream,multifunction, and the kernel says that it is on\n',
      '  2c:00.3\n  ok    id              1022:145f, driver xhci_hcd\n',
      '  ok    reset-methods   reset by pm\n',
      '  warn  reset-methods   It is never reset between guests: ',
      'a bus reset through 00:01.3 is forbidden: of the host it would hit 03:00.1 (driver ahci, disk sda, mounted at /, /boot/efi, swapped on), ',
      '\nNothing stops a run, 3 warnings.\n',
    ]) {
      expect(stdout).toContain(line);
    }
    expect(twin.record.changes).toEqual([]);
    expect(twin.record.commands.filter((command) => !looking.test(command))).toEqual([]);
    await twin.commandsEnded();
  });

  it('finds all that would stop a run at once, also while the VM runs', async () => {
    await using twin = await startTwin({
      commandLine: 'ro quiet',
      vm: { running: true, lock: 'backup', hostpci: ['2b:00,pcie=1', '2c:00.3,pcie=1', '2d:00.3,pcie=1'] },
    });
    await using bench = await TwinBench.create(twin, { board: 'PRIME X470-PRO' });
    const changesBefore = twin.record.changes.length;
    const { exitCode, stopping } = await examined([...bench.hostArgs, ...bench.reportsArgs]);
    expect(exitCode).toBe(4);
    expect(stopping.map(({ area, check, function: address }) => [area, check, address])).toEqual([
      ['host', 'identity', null],
      ['function', 'group', '0000:03:00.0'],
      ['vm', 'state', null],
      ['vm', 'lock', null],
      ['vm', 'passthrough', null],
    ]);
    expect(twin.record.changes).toHaveLength(changesBefore);
    expect(twin.vmRunning).toBe(true);
  });

  it('names the run that has the lab, and does not take the lock itself', async () => {
    await using twin = await startTwin({});
    await using bench = await TwinBench.create(twin);
    await using other = await TwinBench.create(twin);
    const held = twin.qm.hold('start');
    const running = comeback([...bench.soakArgs, '--cycles', '1']);
    await held.reached;

    const beside = await examined([...bench.hostArgs, ...bench.reportsArgs]);
    const elsewhere = await examined([...other.hostArgs, ...other.reportsArgs]);
    held.release();

    expect([beside.exitCode, elsewhere.exitCode]).toEqual([4, 4]);
    expect(beside.stopping.map(({ check }) => check)).toEqual(expect.arrayContaining(['earlier-runs', 'lab-lock']));
    expect(elsewhere.stopping.find(({ check }) => check === 'lab-lock')?.says).toMatch(/run .*-twin of /);
    expect((await running).exitCode).toBe(0);
  });

  it.each([
    ['a host key that is another', { hostKeySha256: `SHA256:${'A'.repeat(43)}` }, 4, 'host reachable'],
    ['a port where nobody listens', { port: 1 }, 3, 'host reachable'],
    ['a VM that is not there', { vmid: 101 }, 2, 'vm manager'],
  ])('%s', async (_, twist, code, name) => {
    await using twin = await startTwin({});
    await using bench = await TwinBench.create(twin, twist);
    const { exitCode, checks, stopping } = await examined([...bench.hostArgs, ...bench.reportsArgs]);
    expect(exitCode).toBe(code);
    expect(stopping.map(({ area, check }) => `${area} ${check}`)).toEqual([name]);
    const unseen = checks.filter(({ status, check }) => status === 'not-checked' && check === 'all');
    expect(unseen.map(({ area }) => area)).toEqual(name === 'host reachable' ? ['function', 'vm'] : []);
  });

  it('tells where the inventory is wrong, and that it lacks the host', async () => {
    await using twin = await startTwin({});
    await using bench = await TwinBench.create(twin);
    const unknown = await examined(['--host', 'twni', '--inventory', bench.inventory]);
    expect([unknown.exitCode, unknown.stopping[0]?.says]).toEqual([2, expect.stringContaining('did you mean "twin"?')]);
    await writeFile(bench.inventory, 'hosts:\n  twin:\n    vm: 7\n');
    const { exitCode, stopping } = await examined(bench.hostArgs);
    expect(exitCode).toBe(2);
    expect(stopping.length).toBeGreaterThan(2);
    for (const { area, says } of stopping)
      expect([area, says]).toEqual(['inventory', expect.stringMatching(/yaml:\d+:\d+ /)]);
    expect(twin.record.events).toEqual([]);
  });
});
