import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { comeback, startComeback } from '../test/comeback-process.ts';
import { TwinBench } from '../test/twin-bench.ts';
import { startTwin } from '../twin/twin.ts';

const summary = z.object({
  outcome: z.string(),
  cycles: z.number(),
  hostReboots: z.number(),
  functions: z.array(
    z.object({
      address: z.string(),
      survived: z.number(),
      lost: z.number(),
      unobserved: z.number(),
      exercised: z.number(),
    }),
  ),
});
const readSummary = (stdout: string): z.infer<typeof summary> => summary.parse(JSON.parse(stdout));
const of = (result: z.infer<typeof summary>, address: string) =>
  result.functions.find((one) => one.address === address);

describe('soak on a healthy host', () => {
  it('says five times survived, and leaves nothing behind', async () => {
    await using twin = await startTwin({});
    await using bench = await TwinBench.create(twin);

    const result = await comeback([...bench.soakArgs, '--cycles', '3', '--json']);

    expect(result.exitCode, result.stderr).toBe(0);
    const { functions, ...rest } = readSummary(result.stdout);
    expect(rest).toEqual({ outcome: 'pass', cycles: 3, hostReboots: 0 });
    expect(functions.map(({ survived, exercised }) => [survived, exercised])).toEqual(Array(5).fill([3, 3]));
    expect(twin.record.count('vm-started')).toBe(3);
    expect(twin.vmRunning).toBe(false);
    await twin.commandsEnded();
  });

  it('makes the same reports again from the journal alone', async () => {
    await using twin = await startTwin({});
    await using bench = await TwinBench.create(twin);
    const first = await comeback([...bench.soakArgs, '--cycles', '2']);
    const junit = await bench.runFile('junit.xml');

    const run = JSON.parse(await bench.runFile('summary.json')) as { run: string };
    const again = await comeback(['report', run.run, '--reports', bench.reports]);

    expect(again.exitCode, again.stderr).toBe(0);
    expect(await bench.runFile('junit.xml')).toBe(junit);
    for (const text of [first.stderr, again.stdout]) {
      expect(text).toMatch(/^Resets \(provenance: reset_method; .*tracefs is not mounted\):$/m);
      expect(text).toContain('  USB 2c:00.3: no reset was seen; the kernel offers pm\n');
      expect(text).toMatch(/ {2}USB 03:00\.0: .* no reset method of its own; bus reset refused, group \d+ not owned$/m);
    }
  });
});

describe('soak on a host that fails', () => {
  it('calls a function lost from the cycle on before which it died, and the others survived', async () => {
    await using twin = await startTwin({});
    await using bench = await TwinBench.create(twin);
    using _killer = twin.record.subscribe((event) => {
      if (event.kind === 'vm-stopped' && twin.record.count('vm-stopped') === 2) twin.kill('2c:00.3');
    });

    const result = await comeback([...bench.soakArgs, '--cycles', '4', '--json']);

    expect(result.exitCode, result.stderr).toBe(1);
    const said = readSummary(result.stdout);
    expect(of(said, '0000:2c:00.3')).toMatchObject({ lost: 3, survived: 1 });
    for (const { address, lost } of said.functions)
      if (address !== '0000:2c:00.3') expect([address, lost]).toEqual([address, 0]);
    expect(result.stderr).toContain('config-dead');
  });

  it('blames the lab, not a device, when the connection breaks in a cycle, and goes on', async () => {
    await using twin = await startTwin({});
    await using bench = await TwinBench.create(twin);
    using _cutter = twin.record.subscribe((event) => {
      if (event.kind === 'vm-started' && twin.record.count('vm-started') === 2) twin.dropConnections();
    });

    const result = await comeback([...bench.soakArgs, '--cycles', '3', '--json']);

    expect(result.exitCode, result.stderr).toBe(3);
    const said = readSummary(result.stdout);
    expect(said).toMatchObject({ outcome: 'infra', hostReboots: 0 });
    for (const one of said.functions) expect(one).toMatchObject({ survived: 2, lost: 0, unobserved: 1 });
    expect(twin.vmRunning).toBe(false);
  });
});

describe('soak that loses the host', () => {
  it('gets it back to stop the VM that its only cycle left up', async () => {
    await using twin = await startTwin({});
    await using bench = await TwinBench.create(twin);
    using _cutter = twin.record.subscribe((event) => {
      if (event.kind === 'vm-started') twin.dropConnections();
    });

    const result = await comeback([...bench.soakArgs, '--cycles', '1']);

    expect(result.exitCode, result.stderr).toBe(3);
    expect(twin.vmRunning).toBe(false);
    await twin.commandsEnded();
  });
});

describe('soak that is interrupted', () => {
  it('while the host does not answer ends at once with 130, and is no defect', async () => {
    await using twin = await startTwin({});
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    await using bench = await TwinBench.create(twin, {
      port: typeof address === 'object' && address !== null ? address.port : 0,
    });
    const connected = once(silent, 'connection');
    const running = startComeback([...bench.soakArgs, '--json']);
    await connected;
    running.kill('SIGTERM');
    const result = await running.ended;
    silent.close();

    expect(result.exitCode, result.stderr).toBe(130);
    expect(result.stderr).not.toContain('defect');
    expect(readSummary(result.stdout)).toMatchObject({ outcome: 'aborted', cycles: 0 });
  });

  it('ends the cycle in order, stops the VM, writes the reports and exits 130', async () => {
    await using twin = await startTwin({});
    await using bench = await TwinBench.create(twin);
    const held = twin.qm.hold('start');
    const running = startComeback([...bench.soakArgs, '--cycles', '50', '--json']);
    await held.reached;
    running.kill('SIGINT');
    await running.saysOnStderr('ending the cycle in order');
    held.release();

    const result = await running.ended;

    expect(result.exitCode, result.stderr).toBe(130);
    expect(twin.vmRunning).toBe(false);
    expect(twin.record.count('vm-started')).toBe(1);
    expect(readSummary(result.stdout)).toMatchObject({ outcome: 'aborted', cycles: 1 });
    const journal = await bench.runFile('journal.ndjson');
    expect(journal.trimEnd().split('\n').at(-1)).toContain('"run-finished","reason":"interrupted"');
  });
});
