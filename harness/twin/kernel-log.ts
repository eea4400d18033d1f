import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import type { PciAddress } from '../pci/address.ts';

/** Levels of include/linux/kern_levels.h. */
export const kernelLevels = { emergency: 0, alert: 1, error: 3, warning: 4, notice: 5, info: 6 } as const;
export type KernelLevel = (typeof kernelLevels)[keyof typeof kernelLevels];

/** The ring of a kernel holds so much at most, and what is left once it is full (a kernel forgets record by record). */
const ringBytes = 1024 * 1024;
const keptBytes = 256 * 1024;

/**
 * The host's `/dev/kmsg` as a regular file: records `level,seq,usec,-;text`, with the dictionary lines of device records
 * (Documentation/ABI/testing/dev-kmsg). Unlike the real one, a read at its end returns 0 bytes, and one read may return many records.
 * A full log is cut down to its last records, in the same file: whoever reads it finds his place by the sequence numbers.
 */
export class KernelLog implements Disposable {
  readonly #path: string;
  readonly #nowMs: () => number;
  #bootedAtMs = 0;
  #sequence = 0;
  #file: number | undefined;
  #bytes = 0;

  constructor(path: string, nowMs: () => number) {
    this.#path = path;
    this.#nowMs = nowMs;
  }

  /** A boot empties the log and starts its clock and sequence again. */
  boot(): void {
    this.#bootedAtMs = this.#nowMs();
    this.#sequence = 0;
    this.#bytes = 0;
    this[Symbol.dispose]();
    writeFileSync(this.#path, '');
    this.#file = openSync(this.#path, 'a');
  }

  /** Appends one record in one write. @param device the function that a dev_printk names in its dictionary */
  append(text: string, level: KernelLevel = kernelLevels.info, device?: PciAddress): void {
    const dictionary = device === undefined ? '' : ` SUBSYSTEM=pci\n DEVICE=+pci:${device}\n`;
    const escaped = text.replaceAll('\\', String.raw`\x5c`).replaceAll('\n', String.raw`\x0a`);
    this.#put(`${this.#head(level)}${escaped}\n${dictionary}`);
  }

  /** Appends many records at once, of bytes that need be no text: what is not printable ASCII is escaped as the kernel does (kernel/printk). */
  appendAll(texts: readonly Buffer[], level: KernelLevel = kernelLevels.info): void {
    this.#put(texts.map((text) => `${this.#head(level)}${escapedBytes(text)}\n`).join(''));
  }

  #put(records: string): void {
    if (this.#file === undefined) return;
    this.#bytes += writeSync(this.#file, records);
    if (this.#bytes > ringBytes) this.#forget(this.#file);
  }

  #head(level: KernelLevel): string {
    const usec = Math.max(0, Math.round((this.#nowMs() - this.#bootedAtMs) * 1000));
    return `${level},${this.#sequence++},${usec},-;`;
  }

  #forget(file: number): void {
    const kept = readFileSync(this.#path).subarray(-keptBytes);
    const firstRecord = /\n(?=\d+,)/.exec(kept.toString('latin1'))?.index ?? kept.length - 1;
    ftruncateSync(file);
    this.#bytes = writeSync(file, kept.subarray(firstRecord + 1));
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

function escapedBytes(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replaceAll(/[^\x20-\x5b\x5d-\x7e]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
