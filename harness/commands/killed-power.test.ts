import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { comeback, startComeback } from '../test/comeback-process.ts';
import { killedAt, whenFile } from '../test/killed-run.ts';
import { TwinBench } from '../test/twin-bench.ts';
import { type OutletMoment, TwinOutlet } from '../test/twin-outlet.ts';
import { startTwin } from '../twin/twin.ts';

const own = '6.8.12-4-pve';
const dead = '6.5.13-6-pve';
const boot = { loader: 'grub', kernels: [dead] } as const;

describe('comeback is killed while it cuts the power of a host whose kernel is dead', () => {
  it.each<[OutletMoment, readonly string[]]>([
    // The outlet never heard of it: the host hangs as before, and the next run cuts its power.
    ['before off', ['lab-lost', 'host-wedged', 'power-intent', 'power-done', 'lab-back']],
    ['after off', ['power-found-off']],
    ['before on', ['power-found-off']],
    // The host has power and boots: all that the next run must do is wait.
    ['after on', ['lab-lost', 'lab-back']],
  ])('%s', async (moment, told) => {
    await using twin = await startTwin({ boot });
    twin.loader.deadKernels.add(dead);
    await using outlet = await TwinOutlet.start(twin);
    const timeouts = { bootMs: 1500 };
    await using bench = await TwinBench.create(twin, { power: outlet.power, timeouts });
    const lasting = twin.loader.lastingFiles;

    outlet.bootsTwin = false;
    await killedAt([...bench.soakArgs, '--kernel', dead], (now) => {
      outlet.onMoment = (seen) => {
        if (seen !== moment) return undefined;
        now();
        return 'unheard';
      };
      return { [Symbol.dispose]: () => (outlet.onMoment = () => undefined) };
    });
    await bench.describe(twin, { power: outlet.power, timeouts: { bootMs: 4000, wedgeMs: 3000 } });
    const isOn = moment === 'before off' || moment === 'after on';
    expect(outlet.isOn).toBe(isOn);
    outlet.bootsTwin = true;
    const running = startComeback([...bench.soakArgs, '--cycles', '1']);
    if (moment === 'after on') {
      await running.saysOnStderr('LAB LOST: The run');
      await twin.powerOn();
    }
    const next = await running.ended;

    expect(next.exitCode, next.stderr).toBe(0);
    const events = await bench.lastEvents();
    const kinds = events.map(({ t }) => t);
    for (const kind of ['lab-lost', 'lab-back', 'host-wedged', 'power-found-off'] as const) {
      expect([kind, kinds.includes(kind)]).toEqual([kind, told.includes(kind)]);
    }
    expect(next.stderr.includes('an earlier run of ours cut it and died; switching it on')).toBe(!isOn);
    expect(kinds).toContain('boot-unfinished');
    expect(events.find(({ t }) => t === 'host-identified')).toMatchObject({ identity: { kernel: own } });
    expect([outlet.isOn, twin.isUp, twin.loader.armed, twin.loader.lastingFiles]).toEqual([true, true, null, lasting]);
  });
});

it('a host that somebody else switched off stays off', async () => {
  await using twin = await startTwin({ boot });
  await using outlet = await TwinOutlet.start(twin);
  await using bench = await TwinBench.create(twin, { power: outlet.power });
  await outlet.off();

  const result = await comeback([...bench.soakArgs, '--cycles', '1']);

  expect(result.exitCode, result.stderr).toBe(3);
  expect(result.stderr).toContain('No run of ours cut it');
  expect(outlet.isOn).toBe(false);
});

describe('comeback is killed while a command flashes the BIOS', () => {
  it('no run touches the host before a person has said that the flash is over', async () => {
    await using twin = await startTwin({ boot, biosVersion: '2901' });
    await using bench = await TwinBench.create(twin);
    const [begun, ended] = [join(bench.folder, 'begun'), join(bench.folder, 'ended')];
    // It outlives comeback, as flashers do, and ends when the test says so.
    const flasher = `echo begun; echo $$ >${begun}; while [ ! -e ${ended} ]; do sleep 0.1; done; echo "wrote $1"`;
    const bios = { driver: 'command', flash: ['sh', '-c', flasher, 'sh', '{version}'] };
    await bench.describe(twin, { bios });
    const flash = [...bench.soakArgs, '--bios', '3103', '--cycles', '1'];
    await killedAt(flash, (now) => whenFile(begun, now), { env: { TMPDIR: bench.folder } });
    const pid = Number(await readFile(begun, 'utf8'));
    const bootId = twin.bootId;

    for (const args of [flash, [...bench.soakArgs, '--cycles', '1']]) {
      const refused = await comeback(args);
      expect(refused.exitCode, refused.stderr).toBe(4);
      expect(refused.stderr).toMatch(/Refused to flash, reboot or use the host on twin:\n.*BIOS 3103.*--flash-is-over/);
    }
    // The flasher goes on regardless: it lost its listener, not its output.
    expect(() => process.kill(pid, 0)).not.toThrow();
    expect([twin.bootId, twin.record.changes]).toEqual([bootId, []]);

    await writeFile(ended, '');
    twin.flashBios('3103');
    await twin.reboot();
    const looked = await comeback([...bench.soakArgs, '--cycles', '1', '--flash-is-over']);
    expect(looked.exitCode, looked.stderr).toBe(0);
    expect(looked.stderr).toContain('the flash of BIOS 3103');
    const after = await comeback([...bench.soakArgs, '--cycles', '1']);
    expect(after.exitCode, after.stderr).toBe(0);
    expect((await bench.lastEvents()).map(({ t }) => t)).not.toContain('flash-over');
  });
});
