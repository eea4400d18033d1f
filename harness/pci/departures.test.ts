import { describe, expect, it } from 'vitest';
import { deadConfig, syntheticConfig, syntheticExpress } from '../judge/synthetic-journal.ts';
import { healthy, portBytes } from '../test/judged-journal.ts';
import { addressOf } from '../test/known-address.ts';
import { departuresFrom } from './departures.ts';
import type { BridgeHealth, FunctionHealth } from './health.ts';
import type { Symptom } from './symptoms.ts';

const port = addressOf('0000:00:03.1');
const portWith = (bytes: Record<number, number>): BridgeHealth => ({
  address: port,
  config: syntheticConfig({ ...portBytes, ...bytes }),
});
const endpoint = (bytes: Record<number, number>): string =>
  syntheticConfig({ 0x00: 0xde, 0x01: 0x10, 0x02: 0x82, 0x03: 0x1c, ...bytes });

interface Row {
  readonly was?: Partial<FunctionHealth>;
  readonly is: Partial<FunctionHealth>;
  readonly driver?: string | null;
  readonly symptoms: readonly Symptom[];
  readonly reading?: RegExp;
}

const rows: Readonly<Record<string, Row>> = {
  'nothing changed': { is: {}, symptoms: [] },
  'the sysfs node is gone': {
    is: { present: false, config: null, driver: null, group: null, bridge: null },
    symptoms: ['missing'],
  },
  'config reads all ones': {
    is: { config: deadConfig },
    symptoms: ['config-dead'],
    reading: /ffff:ffff, header type 7f/,
  },
  'a header type of 7f alone': { is: { config: endpoint({ 0x0e: 0x7f }) }, symptoms: ['config-dead'] },
  'config could not be read': { is: { config: null }, symptoms: ['config-dead'], reading: /could not be read/ },
  'config was cut short': { is: { config: 'de1082' }, symptoms: ['config-dead'], reading: /could not be read/ },
  'another device answers': {
    is: { config: endpoint({ 0x02: 0x81 }) },
    symptoms: ['config-dead'],
    reading: /10de:1c81, was 10de:1c82/,
  },
  'command and status bytes move': { is: { config: endpoint({ 0x04: 0x07, 0x06: 0x10, 0x3c: 0xff }) }, symptoms: [] },
  'a dead function with its link files as they then read': {
    is: { config: deadConfig, linkSpeed: 'Unknown', linkWidth: 63, powerState: 'D0' },
    symptoms: ['config-dead'],
  },
  'the port lost its secondary bus number, so the function is dead as well': {
    is: { config: deadConfig, bridge: portWith({ 0x19: 0, 0x1a: 0 }) },
    symptoms: ['bridge-config-lost', 'config-dead'],
    reading: /port 0000:00:03\.1: bus numbers 00 00 00, were 00 2b 2b/,
  },
  'the port lost its I/O window': { is: { bridge: portWith({ 0x1c: 0 }) }, symptoms: ['bridge-config-lost'] },
  'the port lost its memory window': {
    is: { bridge: portWith({ 0x20: 0, 0x21: 0 }) },
    symptoms: ['bridge-config-lost'],
    reading: /memory window/,
  },
  'the port lost the upper half of its prefetch window': {
    is: { bridge: portWith({ 0x2f: 1 }) },
    symptoms: ['bridge-config-lost'],
  },
  "the port's status, latency and control bytes move": {
    is: { bridge: portWith({ 0x06: 0x10, 0x1b: 0x40, 0x1e: 0x20, 0x1f: 0x20, 0x30: 1, 0x3e: 2 }) },
    symptoms: [],
  },
  "the port's bytes come in capitals": {
    is: { bridge: { address: port, config: syntheticConfig(portBytes).toUpperCase() } },
    symptoms: [],
  },
  'no port then, no port now': { was: { bridge: null }, is: { bridge: null }, symptoms: [] },
  'x16 became x8': { is: { linkWidth: 8 }, symptoms: ['link-degraded'], reading: /x8, was x16/ },
  'width 63 is no width': { is: { linkWidth: 63 }, symptoms: [] },
  'width 63 before is no width either': { was: { linkWidth: 63 }, is: { linkWidth: 8 }, symptoms: [] },
  'the link became wider': { was: { linkWidth: 8 }, is: { linkWidth: 16 }, symptoms: [] },
  'no link to speak of': { was: { linkWidth: null }, is: { linkWidth: 4 }, symptoms: [] },
  'the link speed follows the power state': { is: { linkSpeed: '2.5 GT/s PCIe' }, symptoms: [] },
  'power state and enable count are no symptoms': {
    is: { powerState: 'D3hot', runtimeStatus: 'suspended', enableCount: 3 },
    symptoms: [],
  },
  'pm was there and is gone': {
    was: { resetMethods: ['pm'] },
    is: { resetMethods: null },
    symptoms: ['reset-method-changed'],
    reading: /"none", was "pm"/,
  },
  'bus came where nothing was': { is: { resetMethods: ['bus'] }, symptoms: ['reset-method-changed'] },
  'the order of methods counts': {
    was: { resetMethods: ['flr', 'bus'] },
    is: { resetMethods: ['bus', 'flr'] },
    symptoms: ['reset-method-changed'],
  },
  'the wrong driver has it': {
    is: { driver: 'nouveau' },
    driver: 'vfio-pci',
    symptoms: ['wrong-driver'],
    reading: /driver nouveau, expected vfio-pci/,
  },
  'no driver has it': {
    is: { driver: null },
    driver: 'vfio-pci',
    symptoms: ['wrong-driver'],
    reading: /driver none, expected vfio-pci/,
  },
  'a driver has it that should have none': {
    was: { driver: null },
    is: { driver: 'vfio-pci' },
    driver: null,
    symptoms: ['wrong-driver'],
    reading: /driver vfio-pci, expected none/,
  },
  'the baseline could not be read': { was: { config: null }, is: { config: endpoint({}) }, symptoms: [] },
  'the sysfs node is gone, and the port told its link to be down': {
    was: { bridge: { ...portWith({}), express: syntheticExpress() } },
    is: {
      present: false,
      config: null,
      bridge: { ...portWith({}), express: syntheticExpress({ linkActive: false }) },
    },
    symptoms: ['link-down', 'missing'],
    reading: /the link is not active/,
  },
  'two methods became one': {
    was: { resetMethods: ['flr', 'bus'] },
    is: { resetMethods: ['bus'] },
    symptoms: ['reset-method-changed'],
    reading: /^reset_method "bus", was "flr bus"$/,
  },
  'any driver will do': { is: { driver: 'nouveau' }, symptoms: [] },
  'another group': { is: { group: 30 }, symptoms: ['group-changed'], reading: /group 30, was 26/ },
  'no group': { is: { group: null }, symptoms: ['group-changed'] },
};

describe('departures from the baseline', () => {
  it.each(Object.entries(rows))('%s', (_what, { was = {}, is, driver, symptoms, reading }) => {
    const departures = departuresFrom(healthy(was), healthy({ ...was, ...is }), { driver });
    expect(departures.map(({ symptom }) => symptom)).toEqual(symptoms);
    if (reading !== undefined) expect(departures[0]?.reading).toMatch(reading);
  });

  it('names several at once, what took the function away first', () => {
    const departures = departuresFrom(
      healthy(),
      healthy({ config: deadConfig, driver: null, group: 3, bridge: portWith({ 0x19: 0 }), resetMethods: ['bus'] }),
      { driver: 'vfio-pci' },
    );
    expect(departures.map(({ symptom }) => symptom)).toEqual([
      'bridge-config-lost',
      'config-dead',
      'wrong-driver',
      'group-changed',
      'reset-method-changed',
    ]);
  });
});
