import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { twinSession } from '../../test/twin-target.ts';
import { startTwin } from '../../twin/twin.ts';
import { readHostBytes, readHostFile, removeHostFile, writeHostFile } from './host-files.ts';

const wait = { timeoutMs: 10_000 };

it('writes, reads and removes a file as a whole', async () => {
  await using twin = await startTwin();
  await using session = await twinSession(twin);
  const text = `'"$x" é\n${'line\n'.repeat(1000)}no newline at the end`;
  await writeHostFile(session, '/etc/it is', text, wait);
  expect(await readHostFile(session, '/etc/it is', wait)).toBe(text);
  await writeHostFile(session, '/etc/it is', 'é\0', wait);
  expect(await readHostBytes(session, '/etc/it is', wait)).toEqual(Buffer.from('é\0'));
  await removeHostFile(session, '/etc/it is', wait);
  expect([await readHostFile(session, '/etc/it is', wait), await readHostBytes(session, '/etc/it is', wait)]).toEqual([
    null,
    null,
  ]);
  await expect(writeHostFile(session, '/no/such/folder', 'x', wait)).rejects.toMatchObject({
    code: 'BOOT_COMMAND_FAILED',
  });
});

it('leaves the old text where the connection goes before the new one is over', async () => {
  await using twin = await startTwin();
  await using session = await twinSession(twin);
  const path = join(twin.root, 'etc/custom.cfg');
  writeFileSync(path, 'old\n');
  const watch = twin.record.subscribe((event) => {
    if (event.kind === 'exec') setImmediate(() => twin.dropConnections());
  });
  const written = writeHostFile(session, '/etc/custom.cfg', 'new\n'.repeat(4_000_000), wait);
  await expect(written).rejects.toMatchObject({ code: 'SSH_CONNECTION_LOST' });
  watch[Symbol.dispose]();
  await twin.commandsEnded();
  expect(readFileSync(path, 'utf8')).toBe('old\n');
});
