import { describe, expect, it } from 'vitest';
import { deadConfig, syntheticConfig, syntheticExpress } from '../judge/synthetic-journal.ts';
import { healthy, healthyPort, portBytes } from '../test/judged-journal.ts';
import { departuresFrom } from './departures.ts';
import type { BridgeHealth, FunctionHealth } from './health.ts';
import type { Symptom } from './symptoms.ts';

type Port = Partial<BridgeHealth>;
type Express = Parameters<typeof syntheticExpress>[0];

interface Row {
  readonly was?: Port;
  readonly is: Port;
  /** The function below reads all ones. */
  readonly dead?: boolean;
  readonly symptoms: readonly Symptom[];
  readonly reading?: RegExp;
}

const express = (change: Express): Port => ({ express: syntheticExpress(change) });
const both = (change: Express): Pick<Row, 'was' | 'is'> => ({ was: express(change), is: express(change) });
const internal = { slot: false, reportsActive: false, linkActive: false, linkWidth: 0 };

const noNumbers = { config: syntheticConfig({ ...portBytes, 0x19: 0, 0x1a: 0 }) };
const lostAllAlong = { was: noNumbers, is: noNumbers };

const rows: Readonly<Record<string, Row>> = {
  'the port answers all ones': {
    is: { config: deadConfig },
    symptoms: ['port-dead'],
    reading: /^port 0000:00:03\.1: its config space answers all ones$/,
  },
  'the port could not be read': { is: { config: null }, symptoms: ['port-dead'], reading: /could not be read/ },
  'the port was dead before': { was: { config: deadConfig }, is: { config: deadConfig }, symptoms: [] },
  'the power of the slot was switched off': {
    is: express({ powerOff: true }),
    dead: true,
    symptoms: ['slot-power-off', 'config-dead'],
    reading: /^port 0000:00:03\.1: Slot Control/,
  },
  'without power there is no link either, and the power is why': {
    is: express({ powerOff: true, linkActive: false, linkWidth: 0 }),
    dead: true,
    symptoms: ['slot-power-off', 'link-down', 'config-dead'],
  },
  'the power was off all along': { ...both({ powerOff: true }), symptoms: [] },
  'the power was off all along, and the function dead': {
    ...both({ powerOff: true }),
    dead: true,
    symptoms: ['slot-power-off', 'config-dead'],
  },
  'the link was disabled all along, and the function dead': {
    ...both({ linkDisabled: true }),
    dead: true,
    symptoms: ['link-down', 'config-dead'],
  },
  'the link was disabled all along, though the function answers': { ...both({ linkDisabled: true }), symptoms: [] },
  'the bus numbers were lost all along': {
    ...lostAllAlong,
    dead: true,
    symptoms: ['bridge-config-lost', 'config-dead'],
    reading: /it leads to bus 00/,
  },
  'a slot without a switch may say anything of its power': {
    was: express({ powerController: false }),
    is: express({ powerController: false, powerOff: true }),
    dead: true,
    symptoms: ['config-dead'],
  },
  'the link was disabled': {
    is: express({ linkDisabled: true }),
    dead: true,
    symptoms: ['link-down', 'config-dead'],
    reading: /the link is disabled$/,
  },
  'the link was disabled, though the function still answers': {
    is: express({ linkDisabled: true }),
    symptoms: ['link-down'],
  },
  'the link is not active any more, and the function is dead': {
    is: express({ linkActive: false }),
    dead: true,
    symptoms: ['link-down', 'config-dead'],
    reading: /the link is not active$/,
  },
  'the link has no lanes any more, and the function is dead': {
    is: express({ linkWidth: 0 }),
    dead: true,
    symptoms: ['link-down', 'config-dead'],
    reading: /width x0, was x16$/,
  },
  'the link rests, and the function answers once it is asked': {
    is: express({ linkActive: false, linkWidth: 0 }),
    symptoms: [],
  },
  'the link has another width at another power state': { is: express({ linkWidth: 8 }), symptoms: [] },
  'a port that never tells whether its link is active': {
    was: express({ reportsActive: false, linkActive: false }),
    is: express({ reportsActive: false, linkActive: false }),
    dead: true,
    symptoms: ['config-dead'],
  },
  'a port within the chip, whose link is none': { ...both(internal), dead: true, symptoms: ['config-dead'] },
  'a function that was in D3cold at the baseline and died since': {
    ...both({ linkActive: false, linkWidth: 0 }),
    dead: true,
    symptoms: ['config-dead'],
  },
  'a bridge whose link is the one above it': {
    was: express({ type: 0x7 }),
    is: express({ type: 0x7, linkDisabled: true, linkActive: false }),
    dead: true,
    symptoms: ['config-dead'],
  },
  'a baseline of before the link and the slot were read': {
    was: { express: undefined },
    is: express({ linkDisabled: true, powerOff: true }),
    dead: true,
    symptoms: ['config-dead'],
  },
  'a port that does not say any more': { is: { express: undefined }, dead: true, symptoms: ['config-dead'] },
  'the numbers, the I/O window and the memory window are lost at once': {
    is: { config: syntheticConfig({ ...portBytes, 0x19: 0, 0x1a: 0, 0x1c: 0, 0x1d: 0, 0x20: 0, 0x21: 0 }) },
    symptoms: ['bridge-config-lost'],
    reading:
      /^port \S+: bus numbers 00 00 00, were 00 2b 2b; I\/O window bytes 00 00, were f1 01; memory window bytes (?:00 ){15}00, were a0 f6 (?:00 ){13}00$/,
  },
  'the port was read half': {
    is: { config: syntheticConfig(portBytes).slice(0, 0x30) },
    symptoms: ['bridge-config-lost'],
    reading: /^port \S+: bus numbers unreadable, were 00 2b 2b; I\/O window bytes unreadable/,
  },
  'the link is told to be down, and is': {
    is: express({ linkDisabled: true, linkActive: false, linkWidth: 0 }),
    dead: true,
    symptoms: ['link-down', 'config-dead'],
    reading: /link is disabled; Link Status says that the link is not active; Link Status says width x0, was x16$/,
  },
  'the bus numbers are lost, and so is the link': {
    is: { config: syntheticConfig({ ...portBytes, 0x19: 0, 0x1a: 0 }), ...express({ linkActive: false }) },
    dead: true,
    symptoms: ['bridge-config-lost', 'link-down', 'config-dead'],
  },
};

describe('departures of the port above a function', () => {
  it.each(Object.entries(rows))('%s', (_what, { was = {}, is, dead = false, symptoms, reading }) => {
    const reads = (port: Port): Partial<FunctionHealth> => ({ bridge: { ...healthyPort, ...was, ...port } });
    const departures = departuresFrom(
      healthy(reads({})),
      healthy({ ...reads(is), ...(dead ? { config: deadConfig } : {}) }),
      { driver: undefined },
    );
    expect(departures.map(({ symptom }) => symptom)).toEqual(symptoms);
    if (reading !== undefined) expect(departures[0]?.reading).toMatch(reading);
  });
});
