import { open, readFile, rename, stat } from 'node:fs/promises';
import type { Clock } from '../../clock.ts';
import type { InstanceFiles } from './instance-files.ts';

/** Written to the console by lab-ready.service of the image, as the last word of a boot. */
export const readyMarker = 'comeback-lab: ready';

// eslint-disable-next-line no-control-regex -- terminal escapes are control characters
const terminalEscape = /\u001b\[[0-9;?]*[A-Za-z]|\u001b[()]?[0-9A-Z=>]|[\u0000-\u0008\u000b\u000c\u000e-\u001a]/g;

/** Lines of a serial console without colours and carriage returns. */
export function consoleLines(text: string): string[] {
  return text
    .replaceAll(terminalEscape, '')
    .split(/\r?\n|\r/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
}

/** The last lines of an instance's console; none where it has no console yet. */
export async function consoleTail(files: InstanceFiles, lines: number): Promise<string[]> {
  const text = await readFile(files.console, 'utf8').catch(() => '');
  return consoleLines(text).slice(-lines);
}

/** Keeps the console of the `lab up` before. */
export async function rotateConsole(files: InstanceFiles): Promise<void> {
  await rename(files.console, files.previousConsole).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  });
}

/** How often a growing console is looked at: inotify is not to be had on every file system that a state directory may be on. */
const pollMs = 100;

/** Size of a console, in bytes; 0 where there is none yet. */
export async function consoleSize(path: string): Promise<number> {
  return await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/**
 * What is in a file and, where `goOn`, what is added to it as it is added; that never ends by itself.
 * The file need not exist yet.
 *
 * @param fromByte where to begin
 */
export async function* follow(
  path: string,
  clock: Clock,
  signal: AbortSignal,
  goOn: boolean,
  fromByte = 0,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(64 * 1024);
  let position = fromByte;
  for (;;) {
    signal.throwIfAborted();
    const file = await open(path).catch(() => undefined);
    if (file !== undefined) {
      await using opened = file;
      for (;;) {
        const { bytesRead } = await opened.read(buffer, 0, buffer.length, position);
        if (bytesRead === 0) break;
        position += bytesRead;
        yield decoder.decode(buffer.subarray(0, bytesRead), { stream: true });
      }
    }
    if (!goOn) return;
    await clock.sleep(pollMs, signal);
  }
}
