import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PciAddress } from '../pci/address.ts';
import type { FunctionTruth, TwinEvent } from '../twin/record.ts';
import { fullFile, syncedFile } from './mortal-disk.ts';

/** What truly happened, by the cycle of the journal in which it did; 0 before the first. */
export interface Truth {
  readonly befell: readonly {
    readonly cycle: number;
    readonly what: string;
    readonly functions: readonly PciAddress[];
  }[];
  /** How each function was once a VM had ended or its start was refused. */
  readonly ends: readonly {
    readonly cycle: number;
    readonly isRefused: boolean;
    readonly functions: readonly FunctionTruth[];
  }[];
  /** Acts on the VM and on the bus whose intent was not on the disk when the host was told. */
  readonly unwritten: readonly string[];
}

/** What a journal may announce, and the end of a rung, after which nothing is announced any more. */
const intents = /"t":"(?:stop-intent|rung-intent|rung-done|intent","act":"(?:vm-start|vm-stop))"/g;

/** The lines of which one must be the last act on the disk when the host is told this; undefined where it is no act on VM or bus. */
function announcedBy(command: string): readonly string[] | undefined {
  if (command.startsWith('qm start ')) return ['"t":"intent","act":"vm-start"'];
  if (/^qm (stop|shutdown) /.test(command)) return ['"t":"intent","act":"vm-stop"', '"t":"stop-intent"'];
  // What writes config space (host/config-write.ts), and what acts on a bus (host/recovery/bus-acts.ts).
  const isRung =
    /^perl - (?:remove|bus-reset|rescan|power-down|function-reset)\b/.test(command) || command.includes('syswrite');
  return isRung ? ['"t":"rung-intent"'] : undefined;
}

/** Stands beside the host and looks into the file that the controller writes, whenever something happens on the host. */
export class Witness implements Disposable {
  readonly truth = { befell: [], ends: [], unwritten: [] } as {
    befell: Truth['befell'][number][];
    ends: Truth['ends'][number][];
    unwritten: string[];
  };
  readonly #directory: string;
  readonly #listening: Disposable;

  constructor(directory: string, record: { subscribe(listener: (event: TwinEvent) => void): Disposable }) {
    this.#directory = directory;
    this.#listening = record.subscribe((event) => this.#see(event));
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
  }

  #see(event: TwinEvent): void {
    if (event.kind === 'befell') {
      this.truth.befell.push({ cycle: this.#cycle(), what: event.what, functions: event.functions });
    }
    if (event.kind === 'cycle-truth') {
      this.truth.ends.push({ cycle: this.#cycle(), isRefused: event.vm === 'refused', functions: event.functions });
    }
    if (event.kind === 'exec') this.#checkIntent(event.command);
  }

  #checkIntent(command: string): void {
    const wanted = announcedBy(command);
    // A journal that cannot be written any more does not keep a VM from being stopped.
    if (wanted === undefined || existsSync(join(this.#directory, fullFile))) return;
    const last = [...this.#durable().matchAll(intents)].at(-1)?.[0] ?? 'no act';
    if (!wanted.includes(last)) {
      this.truth.unwritten.push(`${command} in cycle ${this.#cycle()}: the disk ends with ${last}`);
    }
  }

  /** The cycle that the journal is in, as it stands in the file. */
  #cycle(): number {
    const [first = '', ...others] = this.#text().split('"t":"cycle-started","cycle":');
    const checkpoint = /"t":"checkpoint".*?"cycle":(\d+)/.exec(first)?.[1];
    const last = others.at(-1);
    return last === undefined ? Number(checkpoint ?? 0) : Number.parseInt(last, 10);
  }

  #text(): string {
    try {
      return readFileSync(join(this.#directory, 'journal.ndjson'), 'utf8');
    } catch {
      return '';
    }
  }

  #durable(): string {
    try {
      return this.#text().slice(0, Number(readFileSync(join(this.#directory, syncedFile), 'utf8')));
    } catch {
      return '';
    }
  }
}
