import { expect, it } from 'vitest';
import { bios, resolveBiosPaths } from './bios.ts';

const images = { '2304': '2304.cap' };

it.each([
  { driver: 'virtual-lab' },
  { driver: 'manual' },
  { driver: 'manual', instructions: 'EZ Flash, {image} on the stick.', images },
  { driver: 'command', flash: ['flash', '--to={version}'] },
  { driver: 'command', flash: ['flash', '{"file":"{image}"}'], images, environment: { BMC: { env: 'LAB_BMC' } } },
])('takes %j', (config) => {
  expect(bios.safeParse(config)).toMatchObject({ success: true });
});

it.each([
  ['an unknown driver', { driver: 'flashrom' }, 'must have a driver: command, manual'],
  ['no command', { driver: 'command', flash: [] }, 'flash: '],
  ['one text', { driver: 'command', flash: 'flash {version}' }, 'flash: '],
  ['a slip', { driver: 'command', flash: ['flash', '{verison}'] }, 'flash.1: {verison} stands for nothing here'],
  ['the same for all', { driver: 'command', flash: ['flash'] }, 'flash: flashes the same whatever is asked for'],
  ['images unknown', { driver: 'command', flash: ['flash', '{image}'] }, 'flash: has {image}, so "images"'],
  ['images unused', { driver: 'command', flash: ['flash', '{version}'], images }, 'images: no word of "flash"'],
  [
    'a secret',
    { driver: 'command', flash: ['{version}'], environment: { A: 'x' } },
    'environment.A: must be either {env',
  ],
  ['an unknown key', { driver: 'virtual-lab', flash: ['x'] }, 'flash'],
])('refuses %s', (_name, config, words) => {
  const issues = bios.safeParse(config).error?.issues ?? [];
  expect(issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n')).toContain(words);
});

it('makes the paths of images and secrets absolute', () => {
  const config = bios.parse({ driver: 'command', flash: ['{image}'], images, environment: { A: { file: 'a' } } });
  expect(resolveBiosPaths(config, (path) => `/lab/${path}`)).toMatchObject({
    images: { '2304': '/lab/2304.cap' },
    environment: { A: { file: '/lab/a' } },
  });
  const manual = bios.parse({ driver: 'manual' });
  expect(resolveBiosPaths(manual, (path) => `/lab/${path}`)).toEqual(manual);
});
