import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import { bisectKernels, type KernelSources } from './bisect-kernels.ts';
import { KernelBuilder } from './git-kernels.ts';

const installed = ['6.8.12-4-pve', '6.1.0-9-amd64', '6.5.13-6-pve', '6.1.0-50-amd64'];
const { signal } = new AbortController();
const cells = [
  { name: 'patched', kernel: '6.8.12-9-mine', kernelPackage: '/k/mine.deb' },
  { name: 'words', commandLine: 'quiet' },
];
const sources = (known: readonly string[] | undefined): KernelSources => ({
  host: { name: 'elysium', cells },
  installed: known,
  stop: signal,
});

describe('kernels', () => {
  it.each<[string, readonly string[]]>([
    ['a list, as it is written', ['6.5.13-6-pve', '6.8.12-4-pve']],
    ['a range of what is installed, in order', ['6.1.0-9-amd64', '6.1.0-50-amd64', '6.5.13-6-pve']],
    ['a range to a cell', ['6.5.13-6-pve', '6.8.12-4-pve', '6.8.12-9-mine']],
  ])('%s', async (what, names) => {
    const text = what.startsWith('a list')
      ? names.join(', ')
      : `${names[0] ?? ''}..${what.endsWith('cell') ? 'patched' : (names.at(-1) ?? '')}`;
    expect((await bisectKernels(text, sources(installed))).map(({ name }) => name)).toEqual(names);
  });

  it('of packages are named as their files tell, or as it is written in front', async () => {
    const text =
      './linux-image-6.1.0-50-amd64_6.1.1_amd64.deb,proxmox-kernel-6.8.12-4-pve-signed_6.8_amd64.deb,6.9.0-x=/srv/kernels/x.deb';
    const kernels = await bisectKernels(text, sources([]));
    expect(kernels.map(({ release }) => release)).toEqual(['6.1.0-50-amd64', '6.8.12-4-pve', '6.9.0-x']);
    expect(kernels[2]?.package).toBe('/srv/kernels/x.deb');
    await expect(bisectKernels('x.deb', sources([]))).rejects.toThrow('write it in front, as in 6.9.0-mine=x.deb');
  });

  it('with no host are those of the inventory and what is named', async () => {
    const kernels = await bisectKernels('6.8.12-4-pve..patched', sources(undefined));
    expect(kernels).toEqual([
      { name: '6.8.12-4-pve', release: '6.8.12-4-pve' },
      { name: '6.8.12-9-mine', release: '6.8.12-9-mine', package: '/k/mine.deb' },
    ]);
  });

  it.each([
    ['6.9.9', 'Cells of the inventory with a kernel: patched'],
    ['6.8.12-4-pve..6.1.0-9-amd64', 'write the older kernel first'],
    ['6.5.13-6-pve,', 'names an empty kernel'],
    ['$(reboot)', 'has no kernel'],
  ])('%s is refused', async (text, says) => {
    await expect(bisectKernels(text, sources(installed))).rejects.toThrow(says);
  });
});

describe('commits', () => {
  it('are those of the range, and are built in a worktree of their own', async () => {
    await using directory = await temporaryDirectory();
    const repository = join(directory.path, 'linux');
    mkdirSync(repository);
    const git = (...words: string[]): string =>
      execFileSync('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@t', ...words], {
        encoding: 'utf8',
      }).trim();
    git('init', '--quiet');
    for (const word of ['one', 'two', 'three', 'four']) {
      writeFileSync(join(repository, 'version'), word);
      git('add', '.');
      git('commit', '--quiet', '-m', word);
    }
    const kernels = await bisectKernels(`git:${repository} HEAD~2..HEAD`, sources(undefined));
    expect(kernels.map(({ commit }) => commit)).toEqual(
      ['HEAD~2', 'HEAD~1', 'HEAD'].map((one) => git('rev-parse', one)),
    );

    const command =
      'grep -q three version && exit 125; grep -q four version && { echo "no space" >&2; exit 1; }; ' +
      'f="$COMEBACK_OUTPUT/linux-image-6.9.0-$(cat version)_1_amd64.deb"; echo x >"$f"; echo "$f"';
    const builder = new KernelBuilder({ repository, command }, join(directory.path, 'build'));
    const [two = '', three = '', four = ''] = kernels.map(({ commit }) => commit);
    await expect(builder.build(two, signal)).resolves.toMatchObject({ release: '6.9.0-two' });
    await expect(builder.build(three, signal)).rejects.toMatchObject({ code: 'BISECT_KERNEL_SKIPPED' });
    await expect(builder.build(four, signal)).rejects.toThrow(/ended with 1: no space/);
    expect(git('status', '--porcelain')).toBe('');
    await builder.clear();
    expect(git('worktree', 'list').split('\n')).toHaveLength(1);
    await expect(bisectKernels(`git:${repository} HEAD..HEAD~1`, sources(undefined))).rejects.toThrow(
      'There is no commit in',
    );
    await expect(bisectKernels(`git:${repository} nothing..HEAD`, sources(undefined))).rejects.toThrow(
      /git rev-parse ended with 128/,
    );
  });
});
