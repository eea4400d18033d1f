import { execFileSync } from 'node:child_process';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Twin } from '../twin/twin.ts';
import { whenFile } from './killed-run.ts';

/** Says what is to be flashed, and ends once the twin has it. */
const script = 'printf %s "$2" >"$1/asked.part"; mv "$1/asked.part" "$1/asked"; read -r _ <"$1/done"';

/** A flasher on the controller: a real command that puts another BIOS into the twin. */
export class TwinFlasher implements Disposable {
  /** What it flashed, in order. */
  readonly flashed: string[] = [];
  /** Its place in the inventory. */
  readonly bios: Readonly<Record<string, unknown>>;
  readonly #watch: Disposable;

  /** @param folder is there, and is its own. */
  constructor(twin: Twin, folder: string) {
    const [asked, taken, done] = [join(folder, 'asked'), join(folder, 'taken'), join(folder, 'done')];
    execFileSync('mkfifo', [done]);
    this.bios = { driver: 'command', flash: ['sh', '-c', script, 'sh', folder, '{version}'] };
    this.#watch = whenFile(asked, () => {
      void (async () => {
        // Only the first to take it away flashes: that it is gone is news of the file as well.
        if (!(await isMoved(asked, taken))) return;
        const version = await readFile(taken, 'utf8');
        twin.flashBios(version);
        this.flashed.push(version);
        await writeFile(done, '\n');
      })();
    });
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }
}

async function isMoved(from: string, to: string): Promise<boolean> {
  return await rename(from, to).then(
    () => true,
    () => false,
  );
}
