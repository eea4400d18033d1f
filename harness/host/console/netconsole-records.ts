/**
 * One record of the extended format: `[release,]level,sequence,microseconds,flags[,key=value...];text`, and `ncfrag=offset/total`
 * among the keys where the text comes in pieces (Documentation/networking/netconsole.rst, drivers/net/netconsole.c).
 */
const extended = /^(?:[^,;\s]+,)?(\d{1,4}),(\d+),(\d+),([-c+])((?:,[^;,]*)*);/;
const fragment = /(?:^|,)ncfrag=(\d+)\/(\d+)(?:,|$)/;

/** What one datagram adds to the console. */
export interface NetconsoleText {
  /** Console text with its line breaks. */
  readonly bytes: Buffer;
  /** A remark on records that were lost before it. */
  readonly note?: string;
}

interface Fragments {
  readonly total: number;
  readonly parts: Map<number, Buffer>;
  readonly prefix: string;
}

const maxRecordBytes = 64 * 1024;
const maxOpenRecords = 16;

/** Turns netconsole's datagrams into console text: puts pieces together, and tells which records never came. */
export class NetconsoleRecords {
  #lastSequence: number | undefined;
  readonly #open = new Map<number, Fragments>();

  /** @returns undefined where the datagram only begins or continues a record. */
  push(datagram: Buffer): NetconsoleText | undefined {
    const header = extended.exec(datagram.subarray(0, 512).toString('latin1'));
    // The basic format is the console's bytes as they are, split wherever 1000 bytes were full.
    if (header === null) return { bytes: datagram };
    const [head, , sequenceText, usecText, , keys = ''] = header;
    const sequence = Number(sequenceText);
    const prefix = `[${timestamp(Number(usecText))}] `;
    const body = datagram.subarray(head.length);
    const piece = fragment.exec(keys);
    const whole = piece === null ? body : this.#collect(sequence, prefix, piece, body);
    if (whole === undefined) return undefined;
    const note = this.#gapBefore(sequence);
    return { bytes: lineOf(prefix, whole), ...(note === undefined ? {} : { note }) };
  }

  #collect(sequence: number, prefix: string, [, at, of]: RegExpExecArray, body: Buffer): Buffer | undefined {
    const total = Math.min(Number(of), maxRecordBytes);
    const record = this.#open.get(sequence) ?? { total, parts: new Map<number, Buffer>(), prefix };
    record.parts.set(Number(at), body);
    this.#open.set(sequence, record);
    const parts = [...record.parts].sort(([a], [b]) => a - b).map(([, part]) => part);
    const received = parts.reduce((sum, { length }) => sum + length, 0);
    if (received < record.total) {
      const [oldest] = this.#open.keys();
      if (this.#open.size > maxOpenRecords && oldest !== undefined) this.#open.delete(oldest);
      return undefined;
    }
    this.#open.delete(sequence);
    return Buffer.concat(parts);
  }

  #gapBefore(sequence: number): string | undefined {
    const last = this.#lastSequence;
    this.#lastSequence = sequence;
    // A smaller number is a new boot, or a datagram that was overtaken.
    if (last === undefined || sequence <= last + 1) return undefined;
    return `netconsole: ${sequence - last - 1} records before number ${sequence} never came`;
  }
}

/** Seconds and microseconds as printk writes them. */
function timestamp(usec: number): string {
  return `${String(Math.floor(usec / 1_000_000)).padStart(5)}.${String(usec % 1_000_000).padStart(6, '0')}`;
}

/** The message alone: after its line break comes the dictionary, ` SUBSYSTEM=pci` and the like, or user data. */
function lineOf(prefix: string, body: Buffer): Buffer {
  const end = body.indexOf('\n');
  const text = end === -1 ? body : body.subarray(0, end);
  return Buffer.concat([Buffer.from(prefix), text, Buffer.from('\n')]);
}
