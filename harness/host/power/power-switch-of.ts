import type { Clock } from '../../clock.ts';
import type { PowerConfig } from '../../inventory/power.ts';
import { CommandPower } from './command.ts';
import { PowerConfigError } from './errors.ts';
import type { PowerEvent, PowerHistory } from './guard-options.ts';
import { GuardedPower } from './guarded-power.ts';
import { ManualPower, type OperatorPrompt } from './manual.ts';
import { type QemuMachine, QmpPower } from './qmp.ts';
import { RedfishPower } from './redfish.ts';
import { ShellyPower } from './shelly.ts';
import type { PowerDriver, PowerSwitch } from './switch.ts';
import { TasmotaPower } from './tasmota.ts';

/** What a power switch needs from outside. */
export interface PowerDependencies {
  /** Name of the lab host, for people. */
  readonly host: string;
  readonly clock: Clock;
  /** How to ask the operator; undefined where nobody can be asked. */
  readonly prompt?: OperatorPrompt | undefined;
  /** The machine of a virtual lab; undefined where the host is none. */
  readonly machine?: QemuMachine | undefined;
  readonly history?: PowerHistory | undefined;
  readonly record?: ((event: PowerEvent) => Promise<void>) | undefined;
}

/**
 * The power switch that the inventory describes, with its limits.
 *
 * @throws PowerConfigError where the driver needs what is not there.
 */
export function powerSwitchOf(config: PowerConfig, dependencies: PowerDependencies): PowerSwitch {
  const { clock, history, record } = dependencies;
  return new GuardedPower(driverOf(config, dependencies), { limits: config.limits, clock, history, record });
}

function driverOf(config: PowerConfig, { host, prompt, machine }: PowerDependencies): PowerDriver {
  switch (config.driver) {
    case 'command':
      return new CommandPower(config);
    case 'redfish':
      return new RedfishPower(config);
    case 'shelly':
      return new ShellyPower(config);
    case 'tasmota':
      return new TasmotaPower(config);
    case 'manual':
      return new ManualPower(host, prompt);
    case 'virtual-lab':
      if (machine !== undefined) return new QmpPower(machine);
      throw new PowerConfigError(
        `The power of ${host} is that of a virtual lab in the inventory, but ${host} is none. ` +
          'Use another driver under "power", or reach the host by ssh: {virtualLab: NAME}.',
      );
  }
}
