import { isIP } from 'node:net';
import { z } from 'zod';
import { filePath, hostAddress, text } from './fields.ts';

const port = z.int().min(1).max(65535);

const ipAddress = text().refine((value) => isIP(value) !== 0, 'must be an IP address, not a name');

const tcp = z.strictObject({
  source: z.literal('tcp'),
  address: hostAddress,
  port: port.describe('TCP port, as of ser2net in raw mode.'),
});

const unix = z.strictObject({ source: z.literal('unix'), path: filePath('UNIX socket of the console') });

const command = z.strictObject({
  source: z.literal('command'),
  command: z
    .array(text())
    .min(1)
    .describe(
      'Program that prints the console, and its arguments, one word each; no shell reads them. ' +
        'A program that insists on a terminal: [script, -qfec, "ipmitool ... sol activate", /dev/null].',
    ),
});

const file = z.strictObject({
  source: z.literal('file'),
  path: filePath('File that something else writes the console into'),
});

const netconsole = z.strictObject({
  source: z.literal('netconsole'),
  address: ipAddress.default('0.0.0.0').describe('IP address of the controller to listen on.'),
  port: port.default(6666).describe('UDP port to listen on.'),
  from: ipAddress.optional().describe('IP address of the host; datagrams from elsewhere are ignored.'),
});

const virtualLab = z.strictObject({ source: z.literal('virtual-lab') });

/** How the console of a host is heard. */
export const hostConsole = z
  .discriminatedUnion(
    'source',
    [tcp, unix, command, file, netconsole, virtualLab],
    'must have a source: tcp, unix, command, file, netconsole or virtual-lab',
  )
  .describe('How to hear the console of the host. It is recorded into the run, also while the host is down.');

/** The console of a host as the inventory describes it, defaults filled in. */
export type ConsoleConfig = z.output<typeof hostConsole>;

/** The same with absolute paths. */
export function resolveConsolePaths(config: ConsoleConfig, inPath: (path: string) => string): ConsoleConfig {
  return 'path' in config ? { ...config, path: inPath(config.path) } : config;
}
