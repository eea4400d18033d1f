import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostByName, loadInventory } from '../inventory/load.ts';
import { labTarget } from '../commands/lab-target.ts';
import { SshSession } from '../ssh/session.ts';
import { downLab, type UpOptions, upLab } from '../virtual-lab/instance.ts';

/** A virtual lab of a test's own, booted for it, with an inventory that names it and room for reports. */
export class LabBench implements AsyncDisposable {
  readonly name: string;
  readonly folder: string;
  readonly inventory: string;
  readonly reports: string;

  private constructor(name: string, folder: string) {
    this.name = name;
    this.folder = folder;
    this.inventory = join(folder, 'lab-inventory.yaml');
    this.reports = join(folder, 'reports');
  }

  /**
   * @param commandLine what the lab's kernel gets beyond its own; the override unless given.
   * @param more what else is special about the host.
   */
  static async boot(name: string, commandLine?: string, more: Pick<UpOptions, 'faults'> = {}): Promise<LabBench> {
    const folder = await mkdtemp(join(tmpdir(), 'comeback-lab-test-'));
    const bench = new LabBench(name, folder);
    const text = await readFile(new URL('../../lab-inventory.yaml', import.meta.url), 'utf8');
    await writeFile(bench.inventory, text.replaceAll(/virtualLab: virtual\b/g, `virtualLab: ${name}`));
    // A lab that an interrupted test run left may be in any state.
    await downLab(name);
    await upLab({ name, ...(commandLine === undefined ? {} : { commandLine }), ...more });
    return bench;
  }

  get hostArgs(): readonly string[] {
    return ['--host', 'virtual', '--inventory', this.inventory];
  }

  get soakArgs(): readonly string[] {
    return ['soak', ...this.hostArgs, '--reports', this.reports];
  }

  /** Runs a command on the lab host over a connection of its own, beside the harness. */
  async onHost(argv: readonly string[]): Promise<string> {
    const target = await labTarget(hostByName(await loadInventory(this.inventory), 'virtual'));
    await using session = await SshSession.connect(target, { timeoutMs: 30_000 });
    const result = await session.exec(argv, { wait: { timeoutMs: 60_000 } });
    if (result.exitCode !== 0) throw new Error(`${argv.join(' ')}: ${String(result.exitCode)} ${result.stderr}`);
    return result.stdout;
  }

  /** A file of the last run that was made here. */
  async runFile(name: string): Promise<string> {
    const run = (await readdir(this.reports)).sort().at(-1);
    if (run === undefined) throw new Error('no run was made');
    return await readFile(join(this.reports, run, name), 'utf8');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await downLab(this.name);
    await rm(this.folder, { recursive: true, force: true });
  }
}
