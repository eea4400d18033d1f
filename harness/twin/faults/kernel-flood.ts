import type { KernelLog } from '../kernel-log.ts';

/** Near the longest that the kernel takes for one record (PRINTKRB_RECORD_MAX, kernel/printk/printk.c). */
const recordBytes = 1000;
const bytesInMegabyte = 1_000_000;
const said = 'usb 1-4: reset high-speed USB device number 7 using xhci_hcd, and again, and again; ';
/** Clears the screen, sets a title, and is no UTF-8. */
const garbage = Buffer.concat([
  Buffer.from('\u001b[2J\u001b]0;gone\u0007\r'),
  Buffer.from([0xff, 0xc3, 0x28, 0xe2, 0x82]),
]);

/** So much kernel log at once, of lines that accuse nobody. */
export function floodKernelLog(log: KernelLog, megabytes: number, garbled: boolean): void {
  const start = garbled ? garbage : Buffer.alloc(0);
  const record = Buffer.concat([start, Buffer.from(said.repeat(Math.ceil(recordBytes / said.length)))]).subarray(
    0,
    recordBytes,
  );
  log.appendAll(Array.from({ length: (megabytes * bytesInMegabyte) / recordBytes }, () => record));
}
