import { rm, writeFile } from 'node:fs/promises';
import type { Clock } from '../../clock.ts';
import type { Wait } from '../../wait.ts';
import { qemuArguments } from '../machine/arguments.ts';
import type { InstanceFiles } from './instance-files.ts';
import { writeKnownHosts } from './keys.ts';
import { type StartedQemu, startQemu, untilQmpAnswers } from './qemu-process.ts';
import { type InstanceState, writeState } from './state.ts';

/**
 * Switches an instance on: its state is written down first, so that a QEMU without a state cannot be.
 * The caller holds the instance's lock and has seen that no QEMU runs.
 *
 * @returns the state as it is now
 * @throws QemuEndedError, or as the wait ends
 */
export async function launch(
  name: string,
  files: InstanceFiles,
  state: InstanceState,
  clock: Clock,
  wait: Wait,
): Promise<{ readonly qemu: StartedQemu; readonly state: InstanceState }> {
  const { memoryMib, sshPort, accelerator, faults } = state;
  const started: InstanceState = {
    ...state,
    bios: state.flashedBios,
    startedAt: new Date(clock.nowMs()).toISOString(),
  };
  await writeKnownHosts(files, sshPort);
  await writeFile(files.faults, faults, { mode: 0o600 });
  await rm(files.qmpSocket, { force: true });
  await writeState(files, started);
  const argv = qemuArguments({
    ...{ name, bios: started.bios, memoryMib, sshPort, accelerator },
    ...{ rootDisk: files.rootDisk, bootDisk: files.bootDisk, grubDefaultsFile: files.grubDefaults },
    ...{ authorizedKeysFile: files.publicKey, sshHostKeyFile: files.hostKey },
    ...{ consoleFile: files.console, qmpSocket: files.qmpSocket },
    ...(faults === '' ? {} : { faultsFile: files.faults }),
  });
  const qemu = await startQemu(files, argv);
  await untilQmpAnswers(files, qemu, wait, clock);
  return { qemu, state: started };
}
