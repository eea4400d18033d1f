import { describe, expect, it } from 'vitest';
import { systemClock } from '../../clock.ts';
import { twinPlan } from '../../cycle/fixtures/twin-soak.ts';
import { gate } from '../gate.ts';
import { RawClient } from '../raw-client.ts';
import { startTwin } from '../twin.ts';
import { befallen, runOn, scriptedRun, shortTimeouts } from './fixtures/scripted-run.ts';
import { JumpingClock } from './jumping-clock.ts';
import { parseTwinFaults } from './load.ts';

const silent = { stdout: () => undefined, stderr: () => undefined };

describe('a wire that breaks', () => {
  it('under a command or an edge costs that cycle and accuses no device', async () => {
    const { failures, truth, passed, error } = await scriptedRun(
      `
wire:
  - { what: ssh-reset, when: qm-start, times: 1 }
  - { what: sshd-refuses, when: connect, skip: 1, times: 1 }
  - { what: cut-character, when: qm-stop, after: 2, times: 1 }
  - { what: cut-line, when: edge, after: 4, skip: 1, times: 1 }
  - { what: sessions-exhausted, when: session, after: 5, skip: 1, times: 1 }`,
      { cycles: 8 },
    );
    expect(error).toBeUndefined();
    expect(failures).toEqual([['1 infra'], ['3 infra'], ['5 infra'], ['7 infra']]);
    expect(passed).toBe(4);
    expect(befallen(truth)).toEqual([
      'ssh-reset in cycle 1 of boot 1',
      'sshd-refuses in cycle 1 of boot 1',
      'cut-character in cycle 3 of boot 1',
      // The edge before the start of the fifth.
      'cut-line in cycle 4 of boot 1',
      'sessions-exhausted in cycle 6 of boot 1',
    ]);
  });

  it('in the middle of a line or of a character delivers what came before', async () => {
    await using twin = await startTwin({
      faults: parseTwinFaults(`
wire:
  - { what: cut-line, when: qm-start }
  - { what: cut-character, when: qm-stop }`),
    });
    const start = await RawClient.connect(twin);
    const started = await start.exec('qm start 100');
    await start.closed;
    expect(started).toMatchObject({ exitCode: null, signal: null });
    expect(started.stdout).toMatch(/^kvm: vfio: Cannot reset[^\n]*$/);
    const stop = await RawClient.connect(twin);
    // A qm stop says nothing, so what is cut is what a slow one would have said first.
    expect(await stop.exec('qm stop 100')).toMatchObject({ exitCode: null, stdout: 'trying to acq\ufffd' });
    expect(twin.record.count('vm-stopped')).toBe(1);
  });

  it('that is half open is noticed by its silence, and found again once it thaws', async () => {
    const lost = gate();
    const { failures, passed, error } = await scriptedRun(
      'wire: [{ what: half-open, when: edge, skip: 2, times: 1, thawMs: 60000 }]',
      {
        ...{ cycles: 2, plan: { timeouts: shortTimeouts } },
        twin: { clock: { nowMs: () => 0, sleep: () => lost.opened } },
        onEvent: ({ t }) => {
          if (t === 'lab-lost') lost.open();
        },
      },
    );
    expect([failures, passed, error]).toEqual([[['1 infra']], 1, undefined]);
  });

  it('carries megabytes of garbled kernel log at once, while the controller’s clock jumps', async () => {
    const clock = new JumpingClock(systemClock);
    const { failures, truth, passed, error } = await scriptedRun(
      `
wire:
  - { what: kmsg-flood, when: qm-start, times: 1, garbled: true, megabytes: 2 }
  - { what: clock-jump, when: edge, skip: 2, times: 1, seconds: -86400 }
  - { what: clock-jump, when: qm-stop, after: 1, times: 1, seconds: 604800 }`,
      { cycles: 2, twin: { controllerClock: clock }, world: { clock } },
    );
    expect([failures, passed, error]).toEqual([[], 2, undefined]);
    expect(befallen(truth)).toHaveLength(3);
    expect(clock.nowMs() - systemClock.nowMs()).toBeCloseTo((604_800 - 86_400) * 1000, -2);
  });
});

describe('a qm that lies', () => {
  it('about a start proves nothing; about a stop it is not believed, and leaves no VM behind', async () => {
    await using twin = await startTwin({
      faults: parseTwinFaults(`
wire:
  - { what: qm-lies, when: qm-start, says: failed, times: 1 }
  - { what: qm-lies, when: qm-stop, says: failed, skip: 1, times: 1 }
  - { what: qm-lies, when: qm-stop, says: ok, skip: 2, times: 1 }`),
    });
    const timeouts = { ...twinPlan.timeouts, vmStopMs: 1500 };
    const { failures, truth, passed, error } = await runOn(twin, { cycles: 4, plan: { timeouts } });
    expect(error).toBeUndefined();
    expect(failures).toEqual([['1 infra']]);
    expect(passed).toBe(3);
    expect(befallen(truth)).toEqual([1, 2, 3].map((cycle) => `qm-lies in cycle ${cycle} of boot 1`));
    expect(twin.vmRunning).toBe(false);
  });

  it('about somebody who started the VM is taken at its word, and the VM is left alone', async () => {
    const { error, truth } = await scriptedRun('wire: [{ what: qm-lies, when: qm-start, says: already-running }]');
    expect(error).toMatchObject({ code: 'GATE_REFUSED', kind: 'safety' });
    expect(truth.filter(({ kind }) => kind === 'vm-stopped')).toEqual([]);
  });

  it('about a start that never was leaves the functions where they were', async () => {
    await using twin = await startTwin({
      faults: parseTwinFaults('wire: [{ what: qm-lies, when: qm-start, says: ok }]'),
    });
    expect(await twin.qm.run(['start', '100'], silent)).toBe(0);
    expect([twin.vmRunning, twin.record.changes]).toEqual([false, []]);
  });
});

describe('a qm that hangs', () => {
  it('loses the lab', async () => {
    const { failures, passed, error } = await scriptedRun('wire: [{ what: qm-hangs, when: qm-start }]', {
      plan: { timeouts: shortTimeouts },
    });
    expect([failures, passed, error]).toEqual([[['1 infra']], 0, undefined]);
  });

  it('holds its lock until the host dies, whether it acted or not', async () => {
    await using twin = await startTwin({
      faults: parseTwinFaults('wire: [{ what: qm-hangs, when: qm-start, acted: true, only: { boots: [1] } }]'),
    });
    void twin.qm.run(['start', '100'], silent);
    await expect.poll(() => twin.vmRunning).toBe(true);
    expect(await twin.qm.run(['stop', '100'], silent)).toBe(255);
    await twin.reboot();
    expect(await twin.qm.run(['start', '100'], silent)).toBe(0);
  });
});

describe('another machine behind the address', () => {
  const lostThen = (what: string): string => `
wire:
  - { what: ssh-reset, when: edge, skip: 2, times: 1 }
  - { what: ${what}, when: connect, skip: 1 }`;

  it.each([
    ['with another key is refused', 'host-key-changed', 'SSH_HOST_KEY_MISMATCH'],
    ['with the same key is told by its board and refused', 'other-host', 'GATE_REFUSED'],
  ])('%s', async (_title, what, code) => {
    const { error, failures, passed } = await scriptedRun(lostThen(what), { cycles: 2 });
    expect(error).toMatchObject({ code, kind: 'safety' });
    expect(failures).toEqual([[expect.stringMatching(/^1 infra/)]]);
    expect(passed).toBe(0);
  });

  it('that is alike in all but its boot is taken for the same one after a reboot: the cycle proves nothing', async () => {
    await using twin = await startTwin({ faults: parseTwinFaults(`${lostThen('other-host')}\notherHost: alike`) });
    const { error, failures, passed } = await runOn(twin, { cycles: 2 });
    expect([error, failures, passed]).toEqual([undefined, [['1 infra host-rebooted']], 1]);
    expect(twin.otherHost?.record.count('vm-started')).toBe(1);
  });

  it('lets nobody in where it is told so', async () => {
    await using twin = await startTwin({
      faults: parseTwinFaults('wire: [{ what: login-refused, when: connect, times: 1 }]'),
    });
    await expect(RawClient.connect(twin)).rejects.toThrow(/authentication methods failed/);
    await using client = await RawClient.connect(twin);
    expect((await client.exec('true')).exitCode).toBe(0);
  });
});
