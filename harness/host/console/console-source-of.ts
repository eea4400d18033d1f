import type { Clock } from '../../clock.ts';
import type { ConsoleConfig } from '../../inventory/console.ts';
import { commandConsole } from './command-source.ts';
import { ConsoleConfigError } from './errors.ts';
import { fileConsole } from './file-source.ts';
import { netconsole } from './netconsole-source.ts';
import { tcpConsole, unixConsole } from './socket-source.ts';
import type { ConsoleSource } from './source.ts';

export interface ConsoleDependencies {
  /** Name of the lab host, for people. */
  readonly host: string;
  readonly clock: Clock;
  /** The console of a virtual lab, as its owner hands it over; undefined where the host is none. */
  readonly virtualLab?: ConsoleSource | undefined;
}

/**
 * The console that the inventory describes.
 *
 * @throws ConsoleConfigError where it is that of a virtual lab and the host is none.
 */
export function consoleSourceOf(
  config: ConsoleConfig,
  { host, clock, virtualLab }: ConsoleDependencies,
): ConsoleSource {
  switch (config.source) {
    case 'tcp':
      return tcpConsole(config.address, config.port);
    case 'unix':
      return unixConsole(config.path);
    case 'command':
      return commandConsole(config.command);
    case 'file':
      return fileConsole(config.path, clock, 'end');
    case 'netconsole':
      return netconsole(config);
    case 'virtual-lab':
      if (virtualLab !== undefined) return virtualLab;
      throw new ConsoleConfigError(
        `The console of ${host} is that of a virtual lab in the inventory, but ${host} is none. ` +
          'Use another source under "console", or reach the host by ssh: {virtualLab: NAME}.',
      );
  }
}
