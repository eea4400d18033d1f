import { DeadlineError, type Wait } from '../../wait.ts';
import { howItEnded, runOnController } from '../controller-command.ts';
import type { SecretSource } from '../secret.ts';
import { PowerDeviceError } from './errors.ts';
import { shortened } from './http.ts';
import { readSecret } from './secret.ts';
import type { PowerDriver, PowerState } from './switch.ts';

export interface CommandPowerConfig {
  readonly on: readonly string[];
  readonly off: readonly string[];
  /** Absent where the device cannot tell; then nothing is ever verified. */
  readonly state?:
    | {
        readonly command: readonly string[];
        /** Patterns that stand for the state in what the command prints. One of them must match, and not both. */
        readonly on: RegExp;
        readonly off: RegExp;
      }
    | undefined;
  /** Variables that the commands get, such as IPMI_PASSWORD for `ipmitool -E`: no secret on a command line, where ps shows it. */
  readonly environment: Readonly<Record<string, SecretSource>>;
}

/** Any program on the controller that switches power: `ipmitool`, `snmpset`, `labgrid-client`, `uhubctl`. */
export class CommandPower implements PowerDriver {
  readonly description: string;
  readonly tellsState: boolean;
  readonly patienceMs = 60_000;
  readonly #config: CommandPowerConfig;

  constructor(config: CommandPowerConfig) {
    this.#config = config;
    this.description = `command ${config.on[0] ?? ''}`;
    this.tellsState = config.state !== undefined;
  }

  async on(wait: Wait): Promise<void> {
    await this.#run(this.#config.on, wait);
  }

  async off(wait: Wait): Promise<void> {
    await this.#run(this.#config.off, wait);
  }

  async state(wait: Wait): Promise<PowerState> {
    const { state } = this.#config;
    if (state === undefined) return 'unknown';
    const output = await this.#run(state.command, wait);
    const isOn = state.on.test(output);
    const isOff = state.off.test(output);
    if (isOn === isOff) {
      const which = isOn ? 'both patterns match' : 'no pattern matches';
      throw new PowerDeviceError(this.description, `${which} its state "${shortened(output)}"`, { refused: false });
    }
    return isOn ? 'on' : 'off';
  }

  async #run(argv: readonly string[], wait: Wait): Promise<string> {
    const environment: Record<string, string> = {};
    for (const [name, source] of Object.entries(this.#config.environment)) environment[name] = await readSecret(source);
    let ended;
    try {
      ended = await runOnController({ argv, environment, description: this.description }, wait);
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
      const reason = `it did not end within ${(wait.timeoutMs / 1000).toFixed(1)} s and was killed`;
      throw new PowerDeviceError(this.description, reason, { refused: false, cause: error });
    }
    if (ended.exitCode === 0) return ended.stdout;
    const reason = `it ${howItEnded(ended)}: ${shortened(`${ended.stderr} ${ended.stdout}`)}`;
    throw new PowerDeviceError(this.description, reason, { refused: true });
  }
}
