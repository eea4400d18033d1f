import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Twin } from '../../twin/twin.ts';
import { type AskedCell, bootCell, type BootCellDeps } from './boot-cell.ts';
import {
  bootTwin,
  cellBench,
  defaultAfterPowerCuts,
  hosts,
  like,
  other,
  pinOnly,
  running,
  third,
} from './fixtures/boot-bench.ts';

const cell: AskedCell = {
  name: 'old kernel',
  kernel: other,
  commandLine: 'pcie_acs_override=downstream',
  bios: '2901',
};
const soon = { commandMs: 20_000, bootMs: 3000, powerMs: 20_000, disarmMs: 3000 };

async function thrownBy(cellAsked: AskedCell, deps: BootCellDeps): Promise<unknown> {
  return await bootCell(cellAsked, deps).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe.each(Object.entries(hosts))('a cell on %s', (_name, boot) => {
  it('boots, is proven, and leaves nothing behind', async () => {
    await using twin = await bootTwin(boot);
    const [lasting, bootIdBefore] = [twin.loader.lastingFiles, twin.bootId];
    const { deps, events } = await cellBench(twin);
    const { host: back, identity } = await bootCell(cell, deps);
    await using host = back;
    expect(host.observer.hello.bootId).toBe(twin.bootId);
    expect(identity).toMatchObject({ kernel: other, bios: '2901', bootId: twin.bootId, acsOverrideWarning: true });
    expect(identity.commandLine).toContain('pcie_acs_override=downstream');
    expect(events).toMatchObject([
      { t: 'boot-intent', cell: 'old kernel', kernel: other, bootIdBefore },
      { t: 'boot-done', ok: true, kernel: other, bootIdAfter: twin.bootId, findings: [] },
    ]);
    expect([twin.loader.armed, twin.loader.lastingFiles]).toEqual([null, lasting]);
  });

  it('falls back to the default kernel by a power cycle when its kernel is dead', async () => {
    await using twin = await bootTwin(boot);
    const lasting = twin.loader.lastingFiles;
    twin.loader.deadKernels.add(other);
    const { deps, events } = await cellBench(twin, {
      timeouts: soon,
      consoleExcerpt: () => ['Kernel panic - not syncing: VFS: Unable to mount root fs'],
    });
    const error = await thrownBy(cell, deps);
    expect(error).toMatchObject({
      code: 'BOOT_FAILED',
      kind: 'infra',
      message: like(/did not boot.*runs its default kernel 6\.8\.12-4-pve again.*Unable to mount root/s),
      failure: { fallback: { kernel: running, bootId: twin.bootId } },
    });
    expect(events.at(-1)).toMatchObject({
      t: 'boot-done',
      ok: false,
      kernel: running,
      code: 'BOOT_FAILED',
      console: [like(/panic/)],
    });
    expect([twin.isUp, twin.loader.armed, twin.loader.lastingFiles]).toEqual([true, null, lasting]);
  });
});

describe('a cell that comes up as another', () => {
  it.each<[string, (twin: Twin) => void, AskedCell, RegExp]>([
    ['another kernel', (twin) => void twin.loader.startsInstead.set(other, third), cell, /Linux 6\.2\.16-20-pve runs/],
    [
      'a command line that was ignored',
      (twin) => void twin.loader.dropsWords.add('pcie_acs_override=downstream'),
      cell,
      /pcie_acs_override=downstream is not on the command line/,
    ],
    ['another BIOS', () => undefined, { ...cell, bios: '5007' }, /the BIOS is 2901, 5007 was asked for/],
  ])('%s is infra, and nothing stays armed', async (_what, break_, asked, finding) => {
    await using twin = await bootTwin({ loader: 'grub', kernels: [other, third] });
    const lasting = twin.loader.lastingFiles;
    break_(twin);
    const { deps, events } = await cellBench(twin);
    expect(await thrownBy(asked, deps)).toMatchObject({
      code: 'BOOT_NOT_AS_ASKED',
      kind: 'infra',
      message: like(finding),
    });
    expect(events.at(-1)).toMatchObject({ t: 'boot-done', ok: false, findings: [like(finding)] });
    expect([twin.loader.armed, twin.loader.lastingFiles]).toEqual([null, lasting]);
  });
});

describe('a host without help', () => {
  it('says that it has no power device, and that its default is safe', async () => {
    await using twin = await bootTwin({ loader: 'grub', kernels: [other] });
    twin.loader.deadKernels.add(other);
    const { deps, events } = await cellBench(twin, { timeouts: soon, power: undefined });
    expect(await thrownBy(cell, deps)).toMatchObject({
      code: 'BOOT_FAILED',
      message: like(/no power device/),
      failure: { fallback: null },
    });
    expect(events.at(-1)).toMatchObject({ ok: false, kernel: null, bootIdAfter: null });
    await twin.reboot();
    expect([twin.isUp, twin.loader.armed]).toEqual([true, null]);
  });

  it('that takes the order and goes on is power-cycled into its default', async () => {
    await using twin = await bootTwin({ loader: 'grub', kernels: [other] });
    const lasting = twin.loader.lastingFiles;
    twin.loader.ignoresReboot = true;
    const { deps } = await cellBench(twin, { timeouts: soon });
    expect(await thrownBy(cell, deps)).toMatchObject({
      code: 'BOOT_FAILED',
      cause: { code: 'BOOT_DID_NOT_GO_DOWN' },
      failure: { fallback: { kernel: running } },
    });
    expect([twin.loader.armed, twin.loader.lastingFiles]).toEqual([null, lasting]);
  });
});

describe('before anything is armed', () => {
  it.each<[string, string, string]>([
    ['an image that is loaded', 'sys/kernel/kexec_loaded', '1\n'],
    ['kexec-tools', 'etc/default/kexec', '# Load a kexec kernel (true/false)\nLOAD_KEXEC=true\n'],
  ])('refuses kexec by %s', async (_what, path, text) => {
    await using twin = await bootTwin({ loader: 'grub', kernels: [other] });
    const [lasting, bootId] = [twin.loader.lastingFiles, twin.bootId];
    mkdirSync(join(twin.root, 'etc/default'), { recursive: true });
    writeFileSync(join(twin.root, path), text);
    const { deps, events } = await cellBench(twin);
    expect(await thrownBy(cell, deps)).toMatchObject({
      code: 'BOOT_KEXEC_REFUSED',
      kind: 'safety',
      message: like(/without the firmware/),
    });
    expect([events, twin.bootId, twin.loader.armed, twin.loader.lastingFiles]).toEqual([[], bootId, null, lasting]);
  });

  it('takes back what was left armed, and says so', async () => {
    await using twin = await bootTwin({ loader: 'grub', proxmox: true, kernels: [other, third] });
    const lasting = twin.loader.lastingFiles;
    const first = await cellBench(twin);
    await first.deps.host.session.exec(['proxmox-boot-tool', 'kernel', 'pin', third, '--next-boot'], {
      wait: { timeoutMs: 10_000 },
    });
    await using host = (await bootCell(cell, first.deps)).host;
    expect(host.observer.hello.bootId).toBe(twin.bootId);
    expect(first.events[0]).toEqual({
      t: 'boot-leftover',
      loader: 'proxmox-boot-tool',
      means: 'next-boot-pin',
      entry: third,
      kernel: third,
      takenBack: true,
    });
    expect(first.events.at(-1)).toMatchObject({ t: 'boot-done', ok: true, kernel: other });
    expect([twin.loader.armed, twin.loader.lastingFiles]).toEqual([null, lasting]);
  });

  it.each<[string, AskedCell, string]>([
    ['a kernel that is not there', { name: 'x', kernel: '9.9' }, 'BOOT_KERNEL_UNKNOWN'],
    ['quotes that a loader might misread', { name: 'x', commandLine: `a='b` }, 'BOOT_COMMAND_LINE'],
  ])('refuses %s', async (_what, asked, code) => {
    await using twin = await bootTwin({ loader: 'grub', kernels: [other] });
    const [lasting, bootId] = [twin.loader.lastingFiles, twin.bootId];
    const { deps } = await cellBench(twin);
    expect(await thrownBy(asked, deps)).toMatchObject({ code });
    expect([twin.bootId, twin.loader.armed, twin.loader.lastingFiles]).toEqual([bootId, null, lasting]);
  });

  it('refuses a pin that a dead kernel would keep, unless it is accepted', async () => {
    await using twin = await bootTwin(pinOnly);
    const asked = { name: 'pinned', kernel: other };
    const refused = await cellBench(twin);
    expect(await thrownBy(asked, refused.deps)).toMatchObject({ code: 'BOOT_NOT_ONE_SHOT', kind: 'safety' });
    expect(twin.loader.armed).toBeNull();
    const accepted = await cellBench(twin, { acceptLastingPin: true });
    await using host = (await bootCell(asked, accepted.deps)).host;
    const { kernelRelease } = await host.observer.identity({ timeoutMs: 10_000 });
    expect([kernelRelease, twin.loader.armed]).toEqual([other, null]);
  });
});

describe('the controller stops', () => {
  const boot = { loader: 'grub', kernels: [other] } as const;

  it.each([
    ['while it arms', /^grub-reboot/],
    ['once it has ordered the reboot', /^systemctl/],
  ])('%s: everything is taken back', async (_when, command) => {
    await using twin = await bootTwin(boot);
    const lasting = twin.loader.lastingFiles;
    const stop = new AbortController();
    const reason = new Error('the operator stopped the run');
    const watch = twin.record.subscribe((event) => {
      if (event.kind === 'exec' && command.test(event.command)) stop.abort(reason);
    });
    const { deps, events } = await cellBench(twin, { signal: stop.signal });
    expect(await thrownBy(cell, deps)).toBe(reason);
    watch[Symbol.dispose]();
    expect(events.at(-1)).toMatchObject({ t: 'boot-done', ok: false });
    expect([twin.loader.armed, twin.loader.lastingFiles]).toEqual([null, lasting]);
  });

  it('for ever, around every act: two power cuts later the host runs its default', async () => {
    await using dry = await bootTwin(boot);
    const { deps } = await cellBench(dry);
    const before = dry.record.commands.length;
    await (await bootCell(cell, deps)).host[Symbol.asyncDispose]();
    const commands = dry.record.commands.slice(before);
    const acts = commands.flatMap((line, at) => (/comeback-new|^grub-reboot|^systemctl/.test(line) ? [at] : []));
    expect(acts).toHaveLength(3);
    for (const act of [...acts, ...acts.map((at) => at + 1)]) {
      await using twin = await bootTwin(boot);
      const stop = new AbortController();
      const bench = await cellBench(twin, { power: undefined, signal: stop.signal });
      let left = act;
      const watch = twin.record.subscribe((event) => {
        if (event.kind !== 'exec') return;
        left -= 1;
        if (left !== -1) return;
        // From here on not a byte of ours reaches the host, no tidying up either.
        twin.refuseAuthentication();
        twin.dropConnections();
        stop.abort(new Error('the controller died'));
      });
      expect(await thrownBy(cell, bench.deps)).toBeInstanceOf(Error);
      watch[Symbol.dispose]();
      expect(left).toBeLessThan(0);
      await twin.commandsEnded();
      twin.refuseAuthentication(false);
      expect(await defaultAfterPowerCuts(twin), `dead at command ${act}: ${commands[act]}`).toBe(running);
    }
  });
});
