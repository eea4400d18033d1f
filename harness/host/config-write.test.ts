import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { addressOf } from '../test/known-address.ts';
import { twinSession } from '../test/twin-target.ts';
import { startTwin, type Twin } from '../twin/twin.ts';
import { writeConfig } from './config-write.ts';

const wait = { timeoutMs: 10_000 };
const port = addressOf('00:03.1');
const gpu = addressOf('2b:00.0');

const configOf = async (twin: Twin, address: string): Promise<Buffer> =>
  await readFile(join(twin.root, 'sys/bus/pci/devices', address, 'config'));

it('bytes stand where they were told to, in both functions, and every other one is as it was', async () => {
  await using twin = await startTwin({});
  await using session = await twinSession(twin);
  const [portBefore, gpuBefore] = [await configOf(twin, port), await configOf(twin, gpu)];

  await writeConfig(
    session,
    [
      { address: port, offset: 0x18, bytesHex: '00112233aabbccdd' },
      { address: gpu, offset: 0x3c, bytesHex: 'deadbeef' },
      { address: port, offset: 0x04, bytesHex: '07041000' },
    ],
    wait,
  );

  portBefore.write('00112233aabbccdd', 0x18, 'hex');
  portBefore.write('07041000', 0x04, 'hex');
  gpuBefore.write('deadbeef', 0x3c, 'hex');
  expect((await configOf(twin, port)).equals(portBefore)).toBe(true);
  expect((await configOf(twin, gpu)).equals(gpuBefore)).toBe(true);
});

it('a function that is gone says so by its address, and what came before it is written', async () => {
  await using twin = await startTwin({});
  await using session = await twinSession(twin);
  const bytesHex = '0a0b0c0d';
  const writes = [gpu, addressOf('7f:00.0'), port].map((address) => ({ address, offset: 0x3c, bytesHex }));
  const before = await configOf(twin, port);

  await expect(writeConfig(session, writes, wait)).rejects.toMatchObject({
    code: 'CONFIG_WRITE_FAILED',
    message: expect.stringContaining('0000:7f:00.0: No such file') as unknown,
  });

  expect((await configOf(twin, gpu)).toString('hex', 0x3c, 0x40)).toBe(bytesHex);
  expect((await configOf(twin, port)).equals(before)).toBe(true);
});

it('nothing to write is nothing done', async () => {
  await using twin = await startTwin({});
  await using session = await twinSession(twin);
  await writeConfig(session, [], wait);
});
