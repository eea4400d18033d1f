import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { comeback, type CommandResult, startComeback } from '../test/comeback-process.ts';
import { killedAt } from '../test/killed-run.ts';
import { TwinBench } from '../test/twin-bench.ts';
import { startTwin, type Twin } from '../twin/twin.ts';

/** Calls back at the n-th time that the VM is up. */
function whenVmStarts(twin: Twin, times: number, now: () => void): Disposable {
  let seen = 0;
  return twin.record.subscribe((event) => {
    if (event.kind === 'vm-started' && (seen += 1) === times) now();
  });
}

const summary = z.object({
  outcome: z.string(),
  cycles: z.number(),
  functions: z.array(z.object({ survived: z.number(), lost: z.number(), unobserved: z.number() })),
});

const verdicts = ({ stdout }: CommandResult): unknown => {
  const { outcome, cycles, functions } = summary.parse(JSON.parse(stdout));
  return {
    outcome,
    cycles,
    functions: functions.map(({ survived, lost, unobserved }) => [survived, lost, unobserved]),
  };
};

const everywhere = (counts: readonly number[]): (readonly number[])[] => Array.from({ length: 5 }, () => counts);

describe('soak --resume', () => {
  it('goes on after SIGKILL in the middle of a cycle: its VM is stopped, no cycle is lost and none is counted twice', async () => {
    await using twin = await startTwin();
    await using bench = await TwinBench.create(twin);
    await killedAt([...bench.soakArgs, '--cycles', '4'], (now) => whenVmStarts(twin, 2, now));
    expect(twin.vmRunning).toBe(true);

    const resumed = await comeback([...bench.soakArgs, '--resume', 'last', '--json']);

    expect(resumed.stderr).toContain('going on where comeback left in cycle 2/4');
    expect(resumed.stderr).toContain('cycle 2/4: its VM was still up and was stopped');
    expect(verdicts(resumed)).toEqual({ outcome: 'infra', cycles: 4, functions: everywhere([3, 0, 1]) });
    expect(resumed.exitCode).toBe(3);
    expect([twin.vmRunning, (await bench.runs()).length]).toEqual([false, 1]);
    const events = await bench.lastEvents();
    const numbers = events.flatMap((event) => (event.t === 'cycle-started' ? [event.cycle] : []));
    expect(numbers).toEqual([1, 2, 3, 4]);
    expect(events.filter(({ t }) => t === 'cycle-finished')).toHaveLength(4);

    const again = await comeback([...bench.soakArgs, '--resume', 'last']);
    expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining('is over after 4 cycles')]);
  });

  it('tells of a host that was booted meanwhile, and of a run that a new one would leave behind', async () => {
    await using twin = await startTwin();
    await using bench = await TwinBench.create(twin);
    await killedAt([...bench.soakArgs, '--cycles', '2'], (now) => whenVmStarts(twin, 2, now));
    await twin.reboot();

    const [run = ''] = await bench.runs();
    const other = await comeback([...bench.soakArgs, '--cycles', '1']);
    expect(other.stderr).toContain(`The run ${run} was left before its end`);
    const resumed = await comeback([...bench.soakArgs, '--resume', run, '--json']);

    expect(resumed.stderr).toContain('its VM went with the host; the host was booted since');
    expect(resumed.stdout).toContain('"hostReboots":1');
    expect(verdicts(resumed)).toEqual({ outcome: 'infra', cycles: 2, functions: everywhere([1, 0, 1]) });
  });

  it('goes on after Ctrl-C as if it had never been, and says how', async () => {
    await using twin = await startTwin();
    await using bench = await TwinBench.create(twin);
    const running = startComeback([...bench.soakArgs, '--cycles', '4']);
    using _watch = whenVmStarts(twin, 2, () => running.kill('SIGINT'));
    const interrupted = await running.ended;
    const [run = ''] = await bench.runs();
    expect(interrupted.exitCode).toBe(130);
    expect(interrupted.stderr).toContain(`comeback soak --resume ${run}`);

    const resumed = await comeback([...bench.soakArgs, '--resume', run, '--json']);
    expect(verdicts(resumed)).toEqual({ outcome: 'pass', cycles: 4, functions: everywhere([4, 0, 0]) });
    expect(resumed.exitCode, resumed.stderr).toBe(0);
  });
});
