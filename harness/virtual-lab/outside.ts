import type { Wait } from '../wait.ts';
import { upLab } from './instance.ts';
import { instanceFiles } from './instance/instance-files.ts';
import { instanceCondition, writeState } from './instance/state.ts';

/** A lab host's machine as its owner hands it to a power switch. */
export interface LabMachine {
  readonly description: string;
  /** UNIX socket of QEMU's control protocol. */
  readonly qmpSocket: string;
  /** Starts QEMU anew with what it had. */
  start(wait: Wait): Promise<void>;
  /** Has the board report this BIOS version from the next start of QEMU on. */
  setBios(version: string, wait: Wait): Promise<void>;
}

export function labMachine(name: string): LabMachine {
  const files = instanceFiles(name);
  return {
    description: `QEMU of the virtual lab ${name}`,
    qmpSocket: files.qmpSocket,
    start: async ({ timeoutMs, signal }) => {
      const found = await instanceCondition(files);
      const kept =
        found.condition === 'stopped'
          ? {}
          : {
              ...{ commandLine: found.state.commandLine, bios: found.state.bios, memoryMib: found.state.memoryMib },
            };
      await upLab({ name, ...kept, bootTimeoutMs: timeoutMs, ...(signal === undefined ? {} : { signal }) });
    },
    setBios: async (version) => {
      const found = await instanceCondition(files);
      if (found.condition !== 'stopped') await writeState(files, { ...found.state, bios: version });
    },
  };
}

/** What the lab host says on its serial console; it grows over reboots and power cycles. */
export function labConsoleFile(name: string): string {
  return instanceFiles(name).console;
}
