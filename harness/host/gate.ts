import { ComebackError } from '../errors.ts';

/** One check that must pass before a VM may start. One that cannot be evaluated has not passed. */
export interface GateResult {
  readonly gate: 'flash' | 'lock' | 'identity' | 'functions' | 'lifelines' | 'split' | 'vm';
  readonly passed: boolean;
  readonly findings: readonly string[];
}

/** A gate is closed: the VM is not started, and nothing on the host was changed for it. */
export class GateRefusedError extends ComebackError {
  override readonly code = 'GATE_REFUSED';
  override readonly kind = 'safety';
  readonly gates: readonly GateResult[];

  /** @param refused what was not done because of it. */
  constructor(host: string, gates: readonly GateResult[], refused = 'start the VM') {
    const closed = gates.filter(({ passed }) => !passed);
    const findings = closed.flatMap(({ gate, findings }) => findings.map((finding) => `  ${gate}: ${finding}`));
    super(`Refused to ${refused} on ${host}:\n${findings.join('\n')}`);
    this.gates = gates;
  }
}
