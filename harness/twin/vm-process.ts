import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** It ends with its starter, whose end of its stdin goes then, and says when it is ready for signals. */
const program = '$SIG{TERM} = "IGNORE" if shift; syswrite STDOUT, "up"; sysread STDIN, my $end, 1';

/** The VM's QEMU as a process of its own, so that it can outlive what its manager says and be killed. `/proc` of the twin tells of it. */
export class VmProcess {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, pid: number, folder: string) {
    this.#child = child;
    this.pid = pid;
    this.#folder = folder;
  }

  /** @param argv what the host shows as its command line. */
  static async start(root: string, argv: readonly string[], ignoresTerm: boolean): Promise<VmProcess> {
    const child = spawn('perl', ['-e', program, ignoresTerm ? '1' : '0'], { stdio: ['pipe', 'pipe', 'ignore'] });
    await once(child.stdout, 'data');
    const { pid } = child;
    if (pid === undefined) throw new Error('the machine gives the VM no process');
    const folder = join(root, 'proc', String(pid));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'stat'), readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/\(.*\)/, '(kvm)'));
    writeFileSync(join(folder, 'comm'), 'kvm\n');
    writeFileSync(join(folder, 'cmdline'), argv.map((word) => `${word}\0`).join(''));
    return new VmProcess(child, pid, folder);
  }

  /** Calls back once it has ended, whoever ended it. */
  onEnd(listener: () => void): void {
    this.#child.once('exit', () => {
      rmSync(this.#folder, { recursive: true, force: true });
      listener();
    });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
