import type { BiosConfig } from '../../inventory/bios.ts';
import { CommandFlasher } from './command.ts';
import { BiosConfigError } from './errors.ts';
import type { BiosFlasher } from './flasher.ts';
import { type BiosMachine, MachineFlasher } from './machine.ts';
import { ManualFlasher } from './manual.ts';

/** What a flasher needs from outside. */
export interface BiosDependencies {
  /** Name of the lab host, for people. */
  readonly host: string;
  /** The machine of a virtual lab; undefined where the host is none. */
  readonly machine?: BiosMachine | undefined;
}

/**
 * The way to flash the BIOS that the inventory describes. Where it describes none, every flash is refused: a host whose cells keep
 * their BIOS needs none.
 *
 * @throws BiosConfigError where the driver needs what is not there.
 */
export function biosFlasherOf(config: BiosConfig | undefined, { host, machine }: BiosDependencies): BiosFlasher {
  switch (config?.driver) {
    case undefined:
      return {
        driver: 'none',
        flash: (version) =>
          Promise.reject(
            new BiosConfigError(
              `BIOS ${version} was asked for, and the inventory does not say how the BIOS of ${host} is flashed. ` +
                'Nothing was flashed. Add "bios: { driver: manual }" to the host, or another driver.',
            ),
          ),
      };
    case 'command':
      return new CommandFlasher(host, config);
    case 'manual':
      return new ManualFlasher(host, config);
    case 'virtual-lab':
      if (machine !== undefined) return new MachineFlasher(host, machine);
      throw new BiosConfigError(
        `The BIOS of ${host} is that of a virtual lab in the inventory, but ${host} is none. ` +
          'Use another driver under "bios", or reach the host by ssh: {virtualLab: NAME}.',
      );
  }
}
