import type { PciAddress } from '../pci/address.ts';
import type { CommandOutput } from './command.ts';
import type { TwinGuest } from './guest.ts';
import type { Machine } from './machine.ts';

/** The VM that a guest command asks about. */
export interface QmGuestVm {
  readonly vmid: number;
  /** `agent:` stands in the VM's config. */
  readonly agentConfigured: boolean;
  readonly running: boolean;
  /** What the VM was given, in the order of its config. */
  readonly functions: readonly PciAddress[];
  readonly machine: Machine;
  readonly guest: TwinGuest;
}

/** The task that `qm guest` does, with its own words. @returns what it dies of; undefined where it ends well (PVE/QemuServer/Agent.pm) */
export async function qmGuest(
  vm: QmGuestVm,
  words: readonly string[],
  output: CommandOutput,
): Promise<string | undefined> {
  const [verb, , ...rest] = words;
  if (!vm.agentConfigured) return 'No QEMU guest agent configured';
  if (!vm.running) return `VM ${vm.vmid} is not running`;
  if (vm.guest.agentIsSilent) return 'QEMU guest agent is not running';
  if (verb === 'cmd' && rest[0] === 'ping') return undefined;
  if (vm.guest.busyCommands > 0) {
    vm.guest.busyCommands -= 1;
    return 'QEMU guest agent is not running';
  }
  if (verb !== 'exec') return `Agent error: the twin's guest knows no ${rest.join(' ')}`;
  const argv = rest.slice(rest.indexOf('--') + 1);
  const ended = await vm.guest.exec(argv, vm.functions, vm.machine);
  if (ended === undefined) {
    return `Agent error: Guest agent command failed, error was 'Failed to execute child process “${argv[0] ?? ''}” (No such file or directory)'`;
  }
  const fields: readonly (readonly [string, string | number | undefined])[] = [
    ['err-data', ended.stderr],
    ['exitcode', ended.exitCode],
    ['exited', 1],
    ['out-data', ended.stdout],
  ];
  const lines = fields.flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [`   "${key}" : ${JSON.stringify(value)}`],
  );
  output.stdout(`{\n${lines.join(',\n')}\n}\n`);
  return undefined;
}
