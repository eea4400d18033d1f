import { expect, it } from 'vitest';
import type { FunctionRole } from '../journal/events.ts';
import { addressOf } from '../test/known-address.ts';
import { functionName } from './function-name.ts';

it.each<[FunctionRole, string, string]>([
  ['gpu', '0000:2b:00.0', 'GPU 2b:00.0'],
  ['usb', '0000:2c:00.3', 'USB 2c:00.3'],
  ['audio', '0000:2b:00.1', 'audio 2b:00.1'],
  ['usb', '10000:01:00.0', 'USB 10000:01:00.0'],
])('a function of role %s at %s is called %s', (role, address, name) =>
  expect(functionName(role, addressOf(address))).toBe(name),
);
