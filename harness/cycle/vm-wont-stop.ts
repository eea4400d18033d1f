import { ComebackError } from '../errors.ts';

/** Everything short of the host's power was tried, and the VM is still there. It says nothing about a device. */
export class VmWontStopError extends ComebackError {
  override readonly code = 'VM_WONT_STOP';
  override readonly kind = 'infra';
  readonly cycle: number;
  /** Whether the power of the host may be cut for it. */
  readonly mayCutPower: boolean;

  constructor(
    vm: string,
    host: string,
    why: string,
    end: { readonly cycle: number; readonly mayCutPower: boolean; readonly whyNot?: string },
  ) {
    const next = end.mayCutPower
      ? 'Only a cut of the power ends it.'
      : `The power of the host was not cut for it: ${end.whyNot ?? ''}. Look at the host; only a power cycle may end the VM.`;
    super(`${vm} on ${host} cannot be stopped: ${why}. ${next}`);
    this.cycle = end.cycle;
    this.mayCutPower = end.mayCutPower;
  }
}
