import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConfigWrite } from '../../host/config-write.ts';
import { deadConfig, syntheticConfig, syntheticExpress } from '../../judge/synthetic-journal.ts';
import type { PciAddress } from '../../pci/address.ts';
import type { BridgeHealth, FunctionHealth } from '../../pci/health.ts';
import { gpu, gpuAudio, healthy, healthyPort, portBytes, usb } from '../../test/judged-journal.ts';
import { addressOf } from '../../test/known-address.ts';
import { functionWritesBelow, portWrites } from './restore-bridge.ts';

/** All that is written, in order. */
function bridgeRestoration(
  before: ReadonlyMap<PciAddress, FunctionHealth>,
  now: ReadonlyMap<PciAddress, FunctionHealth>,
  lost: readonly PciAddress[],
): ConfigWrite[] {
  const { writes, restored } = portWrites(before, now, lost);
  return [...writes, ...functionWritesBelow(before, restored)];
}

const otherPort: BridgeHealth = { ...healthyPort, address: addressOf('0000:00:07.1') };
const forgetful: BridgeHealth = { ...healthyPort, config: syntheticConfig({ ...portBytes, 0x19: 0, 0x1a: 0 }) };
const baseline = new Map([
  [gpu, healthy()],
  [gpuAudio, healthy()],
  [usb, healthy({ bridge: otherPort })],
]);
const lostGpu = new Map([
  [gpu, healthy({ config: deadConfig, bridge: forgetful })],
  [gpuAudio, healthy({ config: deadConfig, bridge: forgetful })],
  [usb, healthy({ bridge: otherPort })],
]);
const places = (writes: readonly ConfigWrite[]): string[] =>
  writes.map(({ address, offset, bytesHex }) => `${address} ${offset.toString(16)}+${bytesHex.length / 2}`);

describe('what brings a port back', () => {
  it('is its bus numbers and windows before its command, then the functions below it, and nothing else', () => {
    expect(places(bridgeRestoration(baseline, lostGpu, [gpu, gpuAudio]))).toEqual([
      ...['0000:00:03.1 18+28', '0000:00:03.1 3c+4', '0000:00:03.1 4+4'],
      ...['0000:2b:00.0 10+24', '0000:2b:00.0 3c+4', '0000:2b:00.0 c+4'],
      ...['0000:2b:00.1 10+24', '0000:2b:00.1 3c+4', '0000:2b:00.1 c+4'],
    ]);
  });

  it.each<[string, Map<PciAddress, FunctionHealth>, Map<PciAddress, FunctionHealth>, PciAddress[]]>([
    ['a port that is as it was', baseline, new Map([...baseline, [gpu, healthy({ config: deadConfig })]]), [gpu]],
    ['no function that is lost', baseline, lostGpu, []],
    ['a port that cannot be read now', baseline, unreadable(null), [gpu]],
    ['a port that could not be read before', unreadable(null), lostGpu, [gpu]],
    ['a function without a port', new Map([[gpu, healthy({ bridge: null })]]), lostGpu, [gpu]],
    ['a function that nobody knew', new Map(), lostGpu, [gpu]],
  ])('is nothing for %s', (_what, before, now, lost) => {
    expect(bridgeRestoration(before, now, lost)).toEqual([]);
  });

  it.each([
    ['the power of the slot', { powerOff: true }, [`0000:00:03.1 58+2`]],
    ['the link', { linkDisabled: true }, ['0000:00:03.1 50+2']],
    ['both', { linkDisabled: true, powerOff: true }, ['0000:00:03.1 58+2', '0000:00:03.1 50+2']],
    ['nothing of what the link says of itself', { linkActive: false, linkWidth: 0 }, []],
  ])('is %s where the port was told otherwise, and nothing else of its capability', (_what, change, expected) => {
    const known = new Map([[gpu, healthy({ bridge: { ...healthyPort, expressOffset: 0x40 } })]]);
    const bridge = { ...healthyPort, expressOffset: 0x40, express: syntheticExpress(change) };
    const { writes, wakesLink } = portWrites(known, new Map([[gpu, healthy({ config: deadConfig, bridge })]]), [gpu]);
    expect(places(writes)).toEqual(expected);
    expect(wakesLink).toBe(expected.length > 0);
  });

  it('is nothing for a port of which only status registers differ', () => {
    const config = syntheticConfig({ ...portBytes, 0x06: 0x10, 0x1e: 0x20 });
    const now = new Map([[gpu, healthy({ config: deadConfig, bridge: { ...healthyPort, config } })]]);
    expect(bridgeRestoration(baseline, now, [gpu])).toEqual([]);
  });

  it('never holds what a function read that did not answer before the first cycle', () => {
    const before = new Map([...baseline, [gpuAudio, healthy({ config: deadConfig })]]);
    const touched = bridgeRestoration(before, lostGpu, [gpu]).map(({ address }) => address);
    expect(new Set(touched)).toEqual(new Set([healthyPort.address, gpu]));
  });

  it('is, byte for byte, what the baseline has, and goes to lost ports and what is below them alone', () => {
    const hex = fc.uint8Array({ minLength: 64, maxLength: 64 }).map((bytes) => Buffer.from(bytes).toString('hex'));
    const port = fc.record({ address: fc.constantFrom(healthyPort.address, otherPort.address), config: hex });
    const health = fc.record({ config: hex, bridge: port }).map((change) => healthy(change));
    const board = fc
      .tuple(health, health, health)
      .map((three) => new Map([gpu, gpuAudio, usb].map((at, i) => [at, three[i] ?? healthy()])));
    fc.assert(
      fc.property(board, board, fc.subarray([gpu, gpuAudio, usb]), (before, now, lost) => {
        const lostPorts = lost.map((address) => before.get(address)?.bridge?.address);
        for (const { address, offset, bytesHex } of bridgeRestoration(before, now, lost)) {
          const own = before.get(address);
          const configs = own === undefined ? [...before.values()].map(({ bridge }) => bridge) : [own];
          expect(configs.some((one) => one?.config?.startsWith(bytesHex, offset * 2))).toBe(true);
          expect(lostPorts).toContain(own === undefined ? address : own.bridge?.address);
          expect([offset % 4, bytesHex.length % 8, offset + bytesHex.length / 2 <= 64]).toEqual([0, 0, true]);
        }
      }),
    );
  });
});

function unreadable(config: null): Map<PciAddress, FunctionHealth> {
  return new Map([[gpu, healthy({ config: deadConfig, bridge: { ...healthyPort, config } })]]);
}
