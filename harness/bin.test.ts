import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { exitCodes } from './errors.ts';

const run = promisify(execFile);
const door = fileURLToPath(new URL('bin.mjs', import.meta.url));

/** Other tests start the same code from one file; this is the door that people have. */
it('opens on the command line as it lies in the checkout', async () => {
  const { stdout } = await run(process.execPath, [door, '--version']);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  const wrong = run(process.execPath, [door, 'soak', '--cycles', 'many']);
  await expect(wrong).rejects.toMatchObject({ code: exitCodes.usage });
});
