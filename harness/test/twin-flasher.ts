import { execFileSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
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
    const [asked, done] = [join(folder, 'asked'), join(folder, 'done')];
    execFileSync('mkfifo', [done]);
    this.bios = { driver: 'command', flash: ['sh', '-c', script, 'sh', folder, '{version}'] };
    this.#watch = whenFile(asked, () => {
      void (async () => {
        const version = await readFile(asked, 'utf8').catch(() => undefined);
        // It was taken away, which is news of the file as well.
        if (version === undefined) return;
        await rm(asked);
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
