import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { twinSession } from '../../test/twin-target.ts';
import { detectLoader } from './detect-loader.ts';
import { NoBootLoaderError, NotOneShotError, UnknownKernelError } from './errors.ts';
import { bootTwin, hosts, like, other, pinOnly, running, third, wait } from './fixtures/boot-bench.ts';

const split = 'pcie_acs_override=downstream,multifunction';

describe.each(Object.entries(hosts))('%s', (name, boot) => {
  it('boots the armed kernel with the armed words once, and its default ever after', async () => {
    await using twin = await bootTwin(boot);
    const lasting = twin.loader.lastingFiles;
    {
      await using session = await twinSession(twin);
      const loader = await detectLoader(session, wait);
      expect([loader.kind, loader.endsBy]).toEqual([name.startsWith('proxmox') ? 'proxmox-boot-tool' : name, 'loader']);
      expect(await loader.kernels(wait)).toEqual(
        expect.arrayContaining([
          { version: running, isDefault: true },
          { version: other, isDefault: false },
          { version: third, isDefault: false },
        ]),
      );
      expect(await loader.armed(wait)).toBeNull();
      const request = {
        kernel: other,
        commandLine: 'pcie_acs_override=downstream dyndbg="file drivers/pci/* +p" -quiet',
      };
      const armed = await loader.arm(request, wait);
      expect(armed.kernel).toBe(other);
      expect(await loader.armed(wait)).toEqual(armed);
    }
    await twin.reboot();
    const commandLine = readFileSync(join(twin.root, 'proc/cmdline'), 'utf8');
    expect(readFileSync(join(twin.root, 'proc/sys/kernel/osrelease'), 'utf8')).toBe(`${other}\n`);
    expect(commandLine).toContain('root=/dev/sda2 ro');
    expect(commandLine).toMatch(/ pcie_acs_override=downstream /);
    expect(commandLine).not.toContain('quiet');
    expect(commandLine).toMatch(/(?:"dyndbg=|dyndbg=")file drivers\/pci\/\* \+p"/);
    {
      await using session = await twinSession(twin);
      const loader = await detectLoader(session, wait);
      expect(await loader.armed(wait)).toBeNull();
      await loader.clear(wait);
    }
    expect(twin.loader.lastingFiles).toBe(lasting);
    await twin.reboot();
    expect(readFileSync(join(twin.root, 'proc/sys/kernel/osrelease'), 'utf8')).toBe(`${running}\n`);
    expect(readFileSync(join(twin.root, 'proc/cmdline'), 'utf8')).toContain(split);
  });

  it('takes back what it armed and leaves no trace', async () => {
    await using twin = await bootTwin(boot);
    const lasting = twin.loader.lastingFiles;
    await using session = await twinSession(twin);
    const loader = await detectLoader(session, wait);
    await loader.arm({ kernel: third, commandLine: 'iommu=off' }, wait);
    expect(twin.loader.armed).not.toBeNull();
    await expect(loader.arm({ kernel: other }, wait)).rejects.toMatchObject({ code: 'BOOT_ALREADY_ARMED' });
    await loader.clear(wait);
    expect([twin.loader.armed, await loader.armed(wait), twin.loader.lastingFiles]).toEqual([null, null, lasting]);
  });

  it('arms no kernel that is not there', async () => {
    await using twin = await bootTwin(boot);
    await using session = await twinSession(twin);
    const loader = await detectLoader(session, wait);
    await expect(loader.arm({ kernel: '9.9.9' }, wait)).rejects.toThrow(UnknownKernelError);
    expect(twin.loader.armed).toBeNull();
  });
});

describe('GRUB that could not forget', () => {
  it.each([
    [{ filesystem: 'zfs' }, 'is on zfs'],
    [{ filesystem: 'btrfs' }, 'is on btrfs'],
    [{ abstraction: 'lvm' }, 'behind lvm'],
    [{ abstraction: 'diskfilter mdraid1x' }, 'behind diskfilter, mdraid1x'],
  ])('%o is refused', async (twist, why) => {
    await using twin = await bootTwin({ loader: 'grub', kernels: [other], ...twist });
    await using session = await twinSession(twin);
    const lasting = twin.loader.lastingFiles;
    const loader = await detectLoader(session, wait);
    const error = await loader.arm({ kernel: other }, wait).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(NotOneShotError);
    expect(error).toMatchObject({ kind: 'safety', reason: like(new RegExp(why)) });
    expect([twin.loader.armed, twin.loader.lastingFiles]).toEqual([null, lasting]);
  });

  it.each([
    [/\n {3}set next_entry=\n {3}save_env next_entry/, 'does not take and clear next_entry'],
    [/source .*custom\.cfg/g, 'does not source custom.cfg'],
  ])('a grub.cfg without %s is refused', async (part, why) => {
    await using twin = await bootTwin({ loader: 'grub', kernels: [other] });
    await using session = await twinSession(twin);
    const path = join(twin.root, 'boot/grub/grub.cfg');
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(new RegExp(part, 'g'), ''));
    const loader = await detectLoader(session, wait);
    await expect(loader.arm({ kernel: other }, wait)).rejects.toThrow(why);
    expect(twin.loader.armed).toBeNull();
  });
});

it('leaves what others wrote into custom.cfg as it is', async () => {
  await using twin = await bootTwin({ loader: 'grub', kernels: [other] });
  const path = join(twin.root, 'boot/grub/custom.cfg');
  const theirs = "menuentry 'memtest' --id memtest {\n\tlinux16 /boot/memtest86+.bin\n}\n";
  writeFileSync(path, theirs);
  await using session = await twinSession(twin);
  const loader = await detectLoader(session, wait);
  await loader.arm({ kernel: other }, wait);
  expect(readFileSync(path, 'utf8')).toContain(theirs);
  await loader.clear(wait);
  expect(readFileSync(path, 'utf8')).toBe(theirs);
});

it('refuses an entry that systemd-boot would take for its default', async () => {
  const boot = { loader: 'systemd-boot', kernels: [other], noDefault: true } as const;
  await using twin = await bootTwin(boot);
  const entries = join(twin.root, 'boot/efi/loader/entries');
  await using session = await twinSession(twin);
  const loader = await detectLoader(session, wait);
  await loader.arm({ kernel: other, commandLine: 'iommu=off' }, wait);
  await loader.clear(wait);
  for (const kernel of [running, other]) {
    const text = readFileSync(join(entries, `proxmox-${kernel}.conf`), 'utf8');
    writeFileSync(join(entries, `a-${kernel}.conf`), text);
  }
  await session.exec(['sh', '-c', 'rm "$COMEBACK_ROOT"/boot/efi/loader/entries/proxmox-*'], { wait });
  const lasting = twin.loader.lastingFiles;
  await expect(loader.arm({ kernel: other, commandLine: 'iommu=off' }, wait)).rejects.toThrow(NotOneShotError);
  expect([twin.loader.armed, twin.loader.lastingFiles]).toEqual([null, lasting]);
});

describe('a pin as the only means', () => {
  it('boots a kernel once if it succeeds, and no command line', async () => {
    await using twin = await bootTwin(pinOnly);
    const lasting = twin.loader.lastingFiles;
    {
      await using session = await twinSession(twin);
      const loader = await detectLoader(session, wait);
      expect(loader.endsBy).toBe('good-boot');
      await expect(loader.arm({ kernel: other, commandLine: 'quiet' }, wait)).rejects.toThrow(/behind lvm/);
      expect(await loader.arm({ kernel: other }, wait)).toMatchObject({ means: 'next-boot-pin', kernel: other });
    }
    await twin.reboot();
    expect(readFileSync(join(twin.root, 'proc/sys/kernel/osrelease'), 'utf8')).toBe(`${other}\n`);
    expect([twin.loader.armed, twin.loader.lastingFiles]).toEqual([null, lasting]);
  });

  it('stays after a boot that failed, is seen, and is taken back', async () => {
    await using twin = await bootTwin(pinOnly);
    twin.loader.deadKernels.add(other);
    {
      await using session = await twinSession(twin);
      await (await detectLoader(session, wait)).arm({ kernel: other }, wait);
    }
    await twin.reboot();
    await twin.reboot();
    expect([twin.isUp, twin.loader.armed]).toEqual([false, other]);
    twin.loader.startsInstead.set(other, running);
    await twin.powerOff();
    await twin.powerOn();
    expect([twin.isUp, twin.loader.armed]).toEqual([true, null]);
  });
});

it('knows a host without any boot loader', async () => {
  await using twin = await bootTwin({ loader: 'none' });
  await using session = await twinSession(twin);
  await expect(detectLoader(session, wait)).rejects.toThrow(NoBootLoaderError);
});
