import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../clock.ts';
import { power as powerSchema } from '../../inventory/power.ts';
import { powerSwitchOf } from './power-switch-of.ts';
import type { PowerSwitch } from './switch.ts';

const wait = { timeoutMs: 8000 };
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'comeback-power-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

async function script(body: string): Promise<string> {
  const path = join(directory, 'power tool');
  await writeFile(path, `#!/bin/sh\ncd '${directory}' || exit 9\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

function switchOf(command: Record<string, unknown>): PowerSwitch {
  const limits = { cyclesPerHour: 100, minimumOffMs: 0 };
  return powerSwitchOf(powerSchema.parse({ driver: 'command', limits, ...command }), {
    host: 'bench',
    clock: systemClock,
  });
}

const tool = `case "$1" in
on|off) echo "$1" > now; printf '%s\\n' "$@" > words; echo "$IPMI_PASSWORD" > secret;;
state) echo "Chassis Power is $(cat now 2>/dev/null || echo on)";;
esac`;

function chassis(path: string) {
  return {
    on: [path, 'on'],
    off: [path, 'off', `a 'quoted' $(touch pwned) "word"; \`id\` *`],
    state: { command: [path, 'state'], on: 'is on$', off: 'is off$' },
  };
}

it('switches and reads back, and hands words over as they are', async () => {
  vi.stubEnv('LAB_BMC_PASSWORD', "it's $ecret");
  const path = await script(tool);
  const power = switchOf({ ...chassis(path), environment: { IPMI_PASSWORD: { env: 'LAB_BMC_PASSWORD' } } });
  expect(await power.state(wait)).toBe('on');
  expect(await power.off(wait)).toMatchObject({ verified: true, readBack: 'off' });
  expect(await readFile(join(directory, 'words'), 'utf8')).toBe(`off\na 'quoted' $(touch pwned) "word"; \`id\` *\n`);
  expect(await readFile(join(directory, 'secret'), 'utf8')).toBe("it's $ecret\n");
  expect(await power.on(wait)).toMatchObject({ verified: true });
});

it('is unverified without a state command', async () => {
  const path = await script(tool);
  const { on, off } = chassis(path);
  expect(await switchOf({ on, off }).cycle(wait)).toMatchObject({ verified: false, readBack: 'unknown' });
});

it('passes on what the command said when it fails', async () => {
  const path = await script('echo "Error: Unable to establish IPMI v2 session" >&2; exit 1');
  const power = switchOf(chassis(path));
  await expect(power.off(wait)).rejects.toThrow(/it ended with 1: Error: Unable to establish IPMI v2 session/);
});

it('says that the program is not there', async () => {
  await expect(switchOf(chassis('/nonexistent/ipmitool')).off(wait)).rejects.toThrow(/ended with 12[67]/);
});

it.each([
  ['no pattern matches', 'echo "Chassis Power is confused"'],
  ['both patterns match', 'echo "Chassis Power is on"; echo "Chassis Power is off"'],
])('does not guess where %s', async (reason, body) => {
  const path = await script(body);
  const power = switchOf(chassis(path));
  await expect(power.state(wait)).rejects.toThrow(reason);
  await expect(power.off({ timeoutMs: 600 })).rejects.toMatchObject({ code: 'POWER_UNVERIFIED' });
});

it('ends a command that hangs, and whatever it has started', async () => {
  const path = await script(`trap '' TERM; sh -c 'trap "" TERM; echo $$ > child; sleep 30; sleep 30' & wait; wait`);
  const started = Date.now();
  await expect(switchOf(chassis(path)).state({ timeoutMs: 600 })).rejects.toThrow(/did not end within 0\.6 s/);
  expect(Date.now() - started).toBeLessThan(5000);
  const child = Number(await readFile(join(directory, 'child'), 'utf8'));
  // A zombie is dead, too: only the init of this machine has not looked yet.
  const standing = (): Promise<string> => readFile(`/proc/${child}/stat`, 'utf8').catch(() => 'gone');
  await vi.waitFor(async () => expect(await standing()).toMatch(/^gone$|^\d+ \(.*\) Z/), { timeout: 5000 });
});

it('ends at once when the caller aborts', async () => {
  const path = await script('sleep 30');
  const abort = new AbortController();
  const state = switchOf(chassis(path)).state({ ...wait, signal: abort.signal });
  await delay(50);
  abort.abort(new Error('interrupted'));
  await expect(state).rejects.toThrow('interrupted');
});
