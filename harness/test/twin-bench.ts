import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { JournalEvent } from '../journal/events.ts';
import { readJournal } from '../journal/reader.ts';
import type { Twin } from '../twin/twin.ts';

/** What a test may say otherwise about the twin than the truth. */
export interface InventoryTwist {
  readonly port?: number;
  readonly hostKeySha256?: string;
  readonly board?: string;
  readonly vmid?: number;
  readonly functions?: readonly { readonly address: string; readonly id: string; readonly role: string }[];
  readonly hostpci?: readonly string[];
  /** As they stand in the inventory; absent, the twin has none. */
  readonly power?: Part;
  readonly bios?: Part;
  readonly cells?: Readonly<Record<string, Part>>;
  readonly notify?: readonly Part[];
  /** Those that are not the inventory's defaults. */
  readonly timeouts?: Part;
  readonly limits?: Part;
}

type Part = Readonly<Record<string, unknown>>;

export const seedFunctions = [
  { address: '2b:00.0', id: '10de:1c82', role: 'gpu' },
  { address: '2b:00.1', id: '10de:0fb9', role: 'gpu' },
  { address: '2c:00.3', id: '1022:145f', role: 'usb' },
  { address: '2d:00.3', id: '1022:1457', role: 'audio' },
  { address: '03:00.0', id: '1022:43d0', role: 'usb' },
] as const;

const seedHostpci = ['2b:00,pcie=1', '2c:00.3,pcie=1', '2d:00.3,pcie=1', '03:00.0,pcie=1'] as const;

/** A folder of a test's own with an inventory that names the twin, its key, and room for reports. */
export class TwinBench implements AsyncDisposable {
  readonly folder: string;
  readonly inventory: string;
  readonly reports: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.inventory = join(folder, 'lab-inventory.yaml');
    this.reports = join(folder, 'reports');
  }

  static async create(twin: Twin, twist: InventoryTwist = {}): Promise<TwinBench> {
    const bench = new TwinBench(await mkdtemp(join(tmpdir(), 'comeback-bench-')));
    await writeFile(join(bench.folder, 'key'), twin.clientPrivateKey, { mode: 0o600 });
    await bench.describe(twin, twist);
    return bench;
  }

  /** Writes the inventory anew. */
  async describe(twin: Twin, twist: InventoryTwist): Promise<void> {
    const { power, bios, cells, notify, timeouts, limits } = twist;
    const host = {
      ssh: {
        address: '127.0.0.1',
        port: twist.port ?? twin.port,
        key: { file: 'key' },
        hostKey: { sha256: twist.hostKeySha256 ?? twin.hostKeySha256 },
      },
      identity: { board: twist.board ?? 'ROG CROSSHAIR VII HERO' },
      vm: { manager: 'proxmox', id: twist.vmid ?? 100 },
      functions: twist.functions ?? seedFunctions,
      hostpci: twist.hostpci ?? seedHostpci,
      override: { acs: 'downstream,multifunction' },
      settle: { afterStartMs: 0, afterStopMs: 0 },
      ...Object.fromEntries(
        Object.entries({ power, bios, cells, notify, timeouts, limits }).filter(([, part]) => part !== undefined),
      ),
    };
    await writeFile(this.inventory, stringify({ hosts: { twin: host } }));
  }

  /** Arguments that point a command at the twin. */
  get hostArgs(): readonly string[] {
    return ['--host', 'twin', '--inventory', this.inventory];
  }

  get soakArgs(): readonly string[] {
    return ['soak', ...this.hostArgs, ...this.reportsArgs];
  }

  get reportsArgs(): readonly string[] {
    return ['--reports', this.reports];
  }

  /** The names of the runs that were made here, oldest first. */
  async runs(): Promise<string[]> {
    return (await readdir(this.reports)).sort();
  }

  /** What stands in the journal of the last run. */
  async lastEvents(): Promise<JournalEvent[]> {
    const run = (await this.runs()).at(-1) ?? '';
    const events: JournalEvent[] = [];
    for await (const event of readJournal(join(this.reports, run, 'journal.ndjson'))) events.push(event);
    return events;
  }

  /** A file of the only run that was made here. */
  async runFile(name: string): Promise<string> {
    const [run, ...others] = await readdir(this.reports);
    if (run === undefined || others.length > 0) throw new Error(`expected one run, found ${others.length + 1}`);
    return await readFile(join(this.reports, run, name), 'utf8');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
