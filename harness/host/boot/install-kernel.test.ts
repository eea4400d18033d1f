import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whenFile } from '../../test/killed-run.ts';
import { twinSession } from '../../test/twin-target.ts';
import { detectLoader } from './detect-loader.ts';
import { bootTwin, like, other, running, wait } from './fixtures/boot-bench.ts';
import { installKernel } from './install-kernel.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'comeback-kernel-'));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

async function packageOf(text: string): Promise<string> {
  const path = join(folder, 'kernel.deb');
  await writeFile(path, text);
  return path;
}
const temporary = async (): Promise<string[]> => (await readdir(tmpdir())).filter((name) => name.startsWith('tmp.'));

describe('a kernel package on the controller', () => {
  it('is installed, listed, and told where it became the default', async () => {
    await using twin = await bootTwin({ loader: 'grub', kernels: [other] });
    await using session = await twinSession(twin);
    const loader = await detectLoader(session, wait);
    const before = await temporary();
    const path = await packageOf(`!<arch>\ndebian-binary\nkernel: 6.11.0-1-pve\n${'\0'.repeat(200_000)}`);
    expect(await installKernel(session, loader, path, wait)).toMatchObject({
      added: [{ version: '6.11.0-1-pve' }],
      defaultBefore: running,
      defaultAfter: '6.11.0-1-pve',
    });
    expect(await temporary()).toEqual(before);
  });

  it('is installed to the end where the controller is gone in the middle, for half a kernel could be the default', async () => {
    await using twin = await bootTwin({ loader: 'grub', kernels: [other] });
    await using session = await twinSession(twin);
    const loader = await detectLoader(session, wait);
    const [held, began] = [join(twin.root, 'tmp/dpkg-held'), join(twin.root, 'tmp/dpkg-began')];
    await writeFile(held, '');
    using _cut = whenFile(began, () => twin.dropConnections());
    const path = await packageOf('!<arch>\ndebian-binary\nkernel: 6.11.0-1-pve\n');
    await expect(installKernel(session, loader, path, wait)).rejects.toMatchObject({ kind: 'infra' });
    await rm(held);
    await twin.commandsEnded();
    expect(existsSync(join(twin.root, 'boot/initrd.img-6.11.0-1-pve'))).toBe(true);
    expect(twin.loader.lastingFiles).toContain('/boot/initrd.img-6.11.0-1-pve');
  });

  it('that dpkg refuses changes nothing and leaves nothing behind', async () => {
    await using twin = await bootTwin({ loader: 'grub', kernels: [other] });
    await using session = await twinSession(twin);
    const loader = await detectLoader(session, wait);
    const before = await temporary();
    const path = await packageOf('!<arch>\ndebian-binary\nno kernel\n');
    await expect(installKernel(session, loader, path, wait)).rejects.toMatchObject({
      code: 'BOOT_COMMAND_FAILED',
      message: like(/not a Debian format archive/),
    });
    expect(await temporary()).toEqual(before);
    await expect(installKernel(session, loader, await packageOf('PK zip'), wait)).rejects.toThrow('no Debian package');
    await expect(installKernel(session, loader, join(folder, 'none.deb'), wait)).rejects.toThrow('no such file');
    expect(existsSync(join(twin.root, 'boot/vmlinuz-6.11.0-1-pve'))).toBe(false);
  });
});
