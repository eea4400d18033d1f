import { isPassedThrough } from '../machine.ts';
import type { Case, Cause, Rule } from './cause.ts';
import { deadFunctions } from './dead-function.ts';
import { sharedGroups } from './groups.ts';
import { hostCauses } from './host.ts';
import { useCauses } from './use.ts';

const rules: readonly Rule[] = [hostCauses, deadFunctions, sharedGroups, useCauses];
const order = ['certain', 'likely', 'possible'];

/** What is likely behind all that was told of one machine, the surest first. */
export function likelyCauses(one: Case): Cause[] {
  return rules
    .flatMap((rule) => rule(one))
    .map((cause, index) => ({ cause, rank: order.indexOf(cause.sure) * 1000 + index }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ cause }) => cause);
}

/** What to send in addition, so that more can be said. */
export function missingTexts({ machine, told }: Case): string[] {
  const functions = [...machine.functions.values()];
  const wanted = functions.filter(isPassedThrough);
  const asked = wanted.length > 0 ? wanted : functions;
  return [
    ...(machine.boots.some(({ fromStart }) => fromStart)
      ? []
      : ['the kernel log from the boot on: dmesg, or journalctl -k -b']),
    ...(machine.boots.some(({ groups }) => groups.size > 0)
      ? []
      : ['the IOMMU groups: find /sys/kernel/iommu_groups -type l']),
    ...(asked.some(({ capabilitiesRead }) => capabilitiesRead === true)
      ? []
      : ['the capabilities, printed by root: lspci -nnvvv']),
    ...(told.some(({ line }) => line.program !== 'kernel') || wanted.length > 0
      ? []
      : ['what the VM manager said: the task log or the output of qm start, and qm config']),
  ];
}
