import { type Clock, systemClock } from '../clock.ts';
import { deadlineSignal, type Wait } from '../wait.ts';
import { LabNotRunningError } from './errors.ts';
import { withFileLock } from './file-lock.ts';
import { type InstanceFiles, instanceFiles } from './instance/instance-files.ts';
import { launch } from './instance/launch.ts';
import { type InstanceCondition, instanceCondition, writeState } from './instance/state.ts';

/** A lab host as a power switch sees it. */
export interface LabMachine {
  readonly description: string;
  /** UNIX socket of its QEMU's control protocol; nobody listens there while the host has no power. */
  readonly qmpSocket: string;
  /**
   * Gives the host power: QEMU with the same disks, port, keys and BIOS (or the one flashed since), its console added to what was
   * there. Does nothing where it has power. Returns once QEMU answers; what boots in it is not waited for.
   *
   * @throws LabNotRunningError where there was no `lab up`; QemuEndedError; as the wait ends
   */
  start(wait: Wait): Promise<void>;
  /**
   * Has the board report another BIOS version from its next start on. Whoever flashes switches the host off before and on after.
   *
   * @throws LabNotRunningError where there was no `lab up`; as the wait ends
   */
  setBios(version: string, wait: Wait): Promise<void>;
}

/** The machine that a lab host is. Its lab need not be up yet, and may go off and on. @throws LabNameError */
export function labMachine(name: string, clock: Clock = systemClock): LabMachine {
  const files = instanceFiles(name);
  return {
    description: `QEMU of the virtual lab ${name}`,
    qmpSocket: files.qmpSocket,
    start: async (wait) => {
      using deadline = deadlineSignal(wait, `the lab ${name} to start`);
      const patience = { ...wait, signal: deadline.signal };
      await underLock(name, files, deadline.signal, async (found) => {
        if (found.condition === 'off') await launch(name, files, found.state, clock, patience);
      });
    },
    setBios: async (version, wait) => {
      using deadline = deadlineSignal(wait, `the lab ${name} to be flashed`);
      await underLock(name, files, deadline.signal, async ({ state }) => {
        await writeState(files, { ...state, flashedBios: version });
      });
    },
  };
}

/** The file that a lab host's serial console is written to; only added to between `lab up` and `lab down`. */
export function labConsoleFile(name: string): string {
  return instanceFiles(name).console;
}

async function underLock(
  name: string,
  files: InstanceFiles,
  signal: AbortSignal,
  action: (found: Exclude<InstanceCondition, { condition: 'stopped' }>) => Promise<void>,
): Promise<void> {
  await withFileLock(
    files.lock,
    signal,
    () => undefined,
    async () => {
      const found = await instanceCondition(files);
      if (found.condition === 'stopped') throw new LabNotRunningError(name);
      await action(found);
    },
  );
}
