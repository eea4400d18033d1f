import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { stringify } from 'yaml';
import { z } from 'zod';
import { compareReleases } from '../../harness/commands/kernel-order.ts';
import { checkFaultRules } from '../../harness/virtual-lab/faults/load.ts';
import { labImage } from '../../harness/virtual-lab/image/lab-image.ts';
import { downLab, upLab } from '../../harness/virtual-lab/instance.ts';

/** A lab of its own: a run of it disturbs nobody's `virtual`. */
const labName = 'bisect';
const biosVersions = ['2304', '2901', '5007'] as const;
const door = fileURLToPath(new URL('../../harness/bin.mjs', import.meta.url));

/** What is looked for in what the bisect tells. */
const told = z.object({
  boots: z.number(),
  flashes: z.number(),
  cycles: z.number(),
  verdict: z.object({
    outcome: z.string(),
    roles: z.array(z.object({ finding: z.string(), rule: z.unknown(), words: z.string() })),
  }),
  visits: z.array(z.object({ seen: z.unknown() })),
});

for (const { name, probability } of [
  { name: 'always', probability: 1 },
  { name: '1 time in 3', probability: 1 / 3 },
]) {
  test(`of six kernels and three BIOS versions the two are named that lose USB together, ${name}`, async () => {
    const testInfo = test.info();
    const image = await labImage(false, { progress: () => undefined, signal: new AbortController().signal });
    // Debian's own; the variants of the default kernel are the same code.
    const kernels = image.kernels.filter((release) => release.endsWith('-amd64')).sort(compareReleases);
    expect(kernels).toHaveLength(6);
    const [lastGood = '', firstBad = ''] = kernels.slice(2, 4);
    const only = { kernels: kernels.slice(3), bios: biosVersions.slice(1) };
    await downLab(labName);
    await upLab({
      name: labName,
      bios: biosVersions[0],
      faults: compiled({ what: 'link-down', when: 'vm-stop', where: '2c:00.3', probability, only }),
    });
    try {
      const folder = testInfo.outputPath('lab');
      const inventory = await inventoryIn(folder);
      const where = ['--inventory', inventory, '--reports', join(folder, 'reports'), '--json'];
      const asked = [
        '--kernels',
        kernels.join(','),
        '--bios',
        biosVersions.join(','),
        '--for-role',
        'usb',
        '--rate-floor',
        '10%',
      ];

      await killedAt(['bisect', '--host', 'virtual', ...where, ...asked], /cycle \d+: stopping the VM/);
      await killedAt(['bisect', '--resume', 'last', ...where], /booting the cell/);
      const { exitCode, stdout, stderr } = await ended(start(['bisect', '--resume', 'last', ...where]));

      await testInfo.attach('progress', { body: stderr, contentType: 'text/plain' });
      expect(exitCode, stderr).toBe(0);
      const found = told.parse(JSON.parse(stdout));
      await testInfo.attach('verdict', { body: JSON.stringify(found, null, 2), contentType: 'application/json' });
      expect(found.verdict).toMatchObject({
        outcome: 'decided',
        roles: [
          {
            finding: 'culprit',
            rule: {
              join: 'all',
              terms: [
                { axis: 'kernel', lastGood, firstBad },
                { axis: 'bios', lastGood: biosVersions[0], firstBad: biosVersions[1] },
              ],
            },
          },
        ],
      });
      expect(found.visits.every(({ seen }) => seen !== null)).toBe(true);
    } finally {
      await downLab(labName);
    }
  });
}

function compiled(rule: unknown): string {
  const checked = checkFaultRules(stringify({ faults: [rule] }));
  if ('compiled' in checked) return checked.compiled;
  throw new Error(checked.problems.map(({ message }) => message).join('; '));
}

/** The project's inventory with this lab in it, and a host that may be rebooted as often as a bisect asks. */
async function inventoryIn(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const text = await readFile(new URL('../../lab-inventory.yaml', import.meta.url), 'utf8');
  const path = join(folder, 'lab-inventory.yaml');
  const named = text.replaceAll(/^( +)ssh: \{ virtualLab: virtual \}/gm, `$&\n$1limits: { rebootsPerHour: 1000 }`);
  await writeFile(path, named.replaceAll(/virtualLab: virtual\b/g, `virtualLab: ${labName}`));
  return path;
}

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [door, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param heard is told of all that stderr has said so far. */
async function ended(child: ChildProcess, heard: (stderr: string) => void = () => undefined): Promise<Ended> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    heard(stderr);
  });
  return await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}

/** Runs it until it says something, and kills it there by the signal that nobody can heed. */
async function killedAt(args: readonly string[], words: RegExp): Promise<void> {
  const child = start(args);
  const { exitCode, stderr } = await ended(child, (said) => {
    if (words.test(said)) child.kill('SIGKILL');
  });
  if (exitCode !== null) throw new Error(`it never said ${String(words)} and ended with ${exitCode}:\n${stderr}`);
}
