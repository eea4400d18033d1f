import { z } from 'zod';
import { argv, resolveEnvironmentPaths, resolveSecretPath, secret, secretEnvironment } from './controller-command.ts';
import { milliseconds, text } from './fields.ts';

const login = z.strictObject({ user: text(), password: secret }).describe('Login of the device.');

type Login = z.output<typeof login>;

function deviceUrl(example: string) {
  return text()
    .refine(isOrigin, `must be the address of the device alone, as in "${example}": no path, user or password`)
    .meta({ description: 'Address of the device.', examples: [example] });
}

function isOrigin(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, origin, pathname, search, hash, username, password } = new URL(value);
  const isHttp = protocol === 'http:' || protocol === 'https:';
  const hasNoMore = pathname === '/' && `${search}${hash}${username}${password}` === '';
  return isHttp && hasNoMore && origin !== 'null';
}

const limits = z
  .strictObject({
    cyclesPerHour: z.int().min(1).max(3600).default(6).describe('Most cuts of the power in any window of one hour.'),
    minimumOffMs: milliseconds(10_000, 'Shortest time without power before it comes back', 0),
  })
  .describe('What the hardware bears.');

const common = { limits: limits.prefault({}) };

const pattern = text()
  .transform((value, context) => {
    try {
      return new RegExp(value, 'm');
    } catch (error) {
      context.addIssue(`is no regular expression: ${error instanceof Error ? error.message : String(error)}`);
      return z.NEVER;
    }
  })
  .meta({
    description: 'Regular expression (JavaScript) for what the command prints in this state.',
    examples: ['is on$', 'is off$'],
  });

const command = z.strictObject({
  driver: z.literal('command'),
  on: argv,
  off: argv,
  state: z
    .strictObject({ command: argv, on: pattern, off: pattern })
    .optional()
    .describe('How to read the state; absent: no act is ever verified by reading it back.'),
  environment: secretEnvironment.describe('Variables for the commands, such as IPMI_PASSWORD for "ipmitool -E".'),
  ...common,
});

const redfish = z.strictObject({
  driver: z.literal('redfish'),
  url: deviceUrl('https://bmc.lan'),
  system: text()
    .regex(/^\/redfish\/v1\/Systems\/[^/?#]+$/, 'must be the path of a ComputerSystem, as in "/redfish/v1/Systems/1"')
    .meta({ description: 'Path of the ComputerSystem.', examples: ['/redfish/v1/Systems/1'] }),
  login,
  authentication: z.enum(['basic', 'session']).default('session').describe('How to log in.'),
  certificateSha256: text()
    .regex(/^(?:[0-9a-fA-F]{2}:?){31}[0-9a-fA-F]{2}$/, 'must be a SHA-256 fingerprint: 32 bytes in hex')
    .optional()
    .describe('Fingerprint of a self-signed certificate, as "openssl x509 -noout -fingerprint -sha256" prints it.'),
  ...common,
});

const shelly = z.strictObject({
  driver: z.literal('shelly'),
  url: deviceUrl('http://plug.lan'),
  generation: z
    .union([z.literal(1), z.literal(2)], 'must be 1 or 2')
    .describe('1: Shelly 1, Plug, 2.5 and their like; 2: Plus, Pro, Gen3, Gen4.'),
  channel: z.int().min(0).max(15).default(0).describe('Number of the relay, from 0.'),
  login: login.optional(),
  ...common,
});

const tasmota = z.strictObject({
  driver: z.literal('tasmota'),
  url: deviceUrl('http://plug.lan'),
  relay: z.int().min(1).max(32).default(1).describe('Number of the relay, from 1.'),
  login: login.optional(),
  ...common,
});

const manual = z.strictObject({ driver: z.literal('manual'), ...common });
const virtualLab = z.strictObject({ driver: z.literal('virtual-lab'), ...common });

/** How the power of a host is switched. */
export const power = z
  .discriminatedUnion(
    'driver',
    [command, redfish, shelly, tasmota, manual, virtualLab],
    'must have a driver: command, redfish, shelly, tasmota, manual (asks the operator) or virtual-lab',
  )
  .describe('How to cut the power of the host and bring it back.');

/** The power of a host as the inventory describes it, defaults filled in. */
export type PowerConfig = z.output<typeof power>;

/** The same with absolute paths. */
export function resolvePowerPaths(config: PowerConfig, inPath: (path: string) => string): PowerConfig {
  const loginIn = ({ user, password }: Login): Login => ({ user, password: resolveSecretPath(password, inPath) });
  switch (config.driver) {
    case 'command':
      return { ...config, environment: resolveEnvironmentPaths(config.environment, inPath) };
    case 'redfish':
      return { ...config, login: loginIn(config.login) };
    case 'shelly':
    case 'tasmota':
      return config.login === undefined ? config : { ...config, login: loginIn(config.login) };
    case 'manual':
    case 'virtual-lab':
      return config;
  }
}
