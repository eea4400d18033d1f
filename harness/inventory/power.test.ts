import { expect, it } from 'vitest';
import { power, resolvePowerPaths } from './power.ts';

const login = { user: 'admin', password: { env: 'BMC_PASSWORD' } };

it.each([
  { driver: 'manual' },
  { driver: 'virtual-lab', limits: { cyclesPerHour: 120, minimumOffMs: 0 } },
  { driver: 'shelly', url: 'http://plug.lan', generation: 2 },
  { driver: 'tasmota', url: 'http://192.0.2.7:8080/', relay: 2, login },
  { driver: 'redfish', url: 'https://[2001:db8::7]', system: '/redfish/v1/Systems/1', login },
  {
    driver: 'command',
    on: ['ipmitool', '-E', 'chassis', 'power', 'on'],
    off: ['ipmitool', '-E', 'chassis', 'power', 'off'],
    state: { command: ['ipmitool', '-E', 'chassis', 'power', 'status'], on: 'is on$', off: 'is off$' },
    environment: { IPMI_PASSWORD: { file: '~/bmc-password' } },
  },
])('takes $driver', (config) => {
  expect(power.safeParse(config)).toMatchObject({ success: true });
});

it('fills in limits that are kind to hardware', () => {
  expect(power.parse({ driver: 'manual' }).limits).toEqual({ cyclesPerHour: 6, minimumOffMs: 10_000 });
});

it.each([
  ['an unknown driver', { driver: 'ipmi' }, /must have a driver: command, redfish/],
  [
    'a password in the open',
    { driver: 'tasmota', url: 'http://p', login: { user: 'a', password: 'x' } },
    /never holds/,
  ],
  [
    'a password in the address',
    { driver: 'shelly', url: 'http://a:b@plug', generation: 1 },
    /no path, user or password/,
  ],
  [
    'a path in the address',
    { driver: 'shelly', url: 'http://plug/relay/0', generation: 1 },
    /address of the device alone/,
  ],
  ['another protocol', { driver: 'shelly', url: 'ftp://plug', generation: 1 }, /address of the device alone/],
  ['an empty command', { driver: 'command', on: [], off: ['x'] }, /on/],
  ['a command as one text', { driver: 'command', on: 'ipmitool on', off: ['x'] }, /array/],
  [
    'a broken pattern',
    { driver: 'command', on: ['x'], off: ['x'], state: { command: ['x'], on: '(', off: 'off' } },
    /is no regular expression/,
  ],
  ['no cycles at all', { driver: 'manual', limits: { cyclesPerHour: 0 } }, /cyclesPerHour/],
  ['an unknown key', { driver: 'manual', host: 'x' }, /host/],
])('refuses %s', (_name, config, words) => {
  const result = power.safeParse(config);
  const told = result.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n');
  expect(told).toMatch(words);
});

it('makes the paths of secrets absolute', () => {
  const config = power.parse({
    driver: 'command',
    on: ['x'],
    off: ['x'],
    environment: { A: { file: 'a' }, B: { env: 'B' } },
  });
  expect(resolvePowerPaths(config, (path) => `/lab/${path}`)).toMatchObject({
    environment: { A: { file: '/lab/a' }, B: { env: 'B' } },
  });
});
