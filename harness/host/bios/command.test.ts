import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { bios as biosSchema } from '../../inventory/bios.ts';
import { temporaryDirectory } from '../../test/temporary-directory.ts';
import { biosFlasherOf } from './bios-flasher-of.ts';
import type { BiosFlasher } from './flasher.ts';

const wait = { timeoutMs: 20_000 };

function like(pattern: string | RegExp): unknown {
  return expect.stringMatching(pattern);
}

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A flash program in a directory of its own, with an image beside it. */
async function bench(body: string): Promise<{ path: (name: string) => string; tool: string } & AsyncDisposable> {
  const directory = await temporaryDirectory();
  const path = (name: string): string => join(directory.path, name);
  const tool = path('flash tool');
  await writeFile(tool, `#!/bin/sh\ncd '${directory.path}' || exit 9\n${body}\n`);
  await chmod(tool, 0o755);
  await writeFile(path('2304 $(id).cap'), 'image');
  return { path, tool, [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() };
}

function flasher(config: Record<string, unknown>): BiosFlasher {
  return biosFlasherOf(biosSchema.parse({ driver: 'command', ...config }), { host: 'elysium' });
}

it('hands version and image over as words of their own, and the next thing is a reboot', async () => {
  await using at = await bench(
    `printf '%s\\n' "$@" > words; printf 'erasing\\nwriting 1%%\\rwriting 100%%\\r\\n\\nVERIFIED\\n'`,
  );
  const image = at.path('2304 $(id).cap');
  const flash = [at.tool, '--json={"to":"{version}"}', '{image}', `a 'quoted' $(touch pwned) *`];
  const result = await flasher({ flash, images: { '2304': image } }).flash('2304', wait);
  expect(result).toEqual({ next: 'reboot', output: ['erasing', 'writing 100%', 'VERIFIED'] });
  expect(await readFile(at.path('words'), 'utf8')).toBe(
    `--json={"to":"2304"}\n${image}\na 'quoted' $(touch pwned) *\n`,
  );
});

it('does not fill in what was filled in', async () => {
  await using at = await bench(`printf '%s' "$1"`);
  const config = { flash: [at.tool, '{version} {image}'], images: { "{image}$&$'": at.path('flash tool') } };
  expect(await flasher(config).flash("{image}$&$'", wait)).toMatchObject({
    output: [`{image}$&$' ${at.tool}`],
  });
});

it.each([
  ['a version without an image', '5007', {}, 'the inventory has images of 2304'],
  ['a name that every object has', 'constructor', {}, 'the inventory has images of 2304'],
  ['an image that is gone', '2304', { '2304': '/nonexistent/2304.cap' }, '/nonexistent/2304.cap cannot be read'],
])('%s is a refusal before anything is done', async (_what, version, images, words) => {
  await using at = await bench('touch flashed');
  const config = { flash: [at.tool, '{image}'], images: { '2304': at.path('2304 $(id).cap'), ...images } };
  await expect(flasher(config).flash(version, wait)).rejects.toMatchObject({
    code: 'BIOS_IMAGE_UNKNOWN',
    kind: 'usage',
    message: like(words),
  });
  await expect(access(at.path('flashed'))).rejects.toThrow();
});

it('gives secrets by the environment, and tells them to nobody', async () => {
  vi.stubEnv('LAB_BMC', 'hunter2');
  await using at = await bench(
    `echo "$BMC $(cat token)" > got; echo "login $BMC, $(cat token)"; echo "bad login $BMC" >&2; exit 3`,
  );
  await writeFile(at.path('token'), 'first line\nsecond\n');
  const environment = { BMC: { env: 'LAB_BMC' }, TOKEN: { file: at.path('token') } };
  const error: unknown = await flasher({ flash: [at.tool, '{version}'], environment })
    .flash('2304', wait)
    .catch((thrown: unknown) => thrown);
  expect(await readFile(at.path('got'), 'utf8')).toBe('hunter2 first line\nsecond\n');
  expect(error).toMatchObject({
    code: 'BIOS_FLASH_FAILED',
    kind: 'infra',
    output: ['login ***, ***', 'bad login ***'],
  });
  expect(String(error)).toMatch(
    /Flashing BIOS 2304 onto elysium failed: .*flash tool ended with 3\. Its flash may be half/,
  );
  expect(JSON.stringify(error)).not.toMatch(/hunter2|first line|second/);
  expect(String(error)).not.toMatch(/hunter2|first line|second/);
});

it('says which secret is missing, before anything is done', async () => {
  await using at = await bench('touch flashed');
  const config = { flash: [at.tool, '{version}'], environment: { BMC: { env: 'LAB_BMC_NOWHERE' } } };
  await expect(flasher(config).flash('2304', wait)).rejects.toMatchObject({
    code: 'BIOS_CONFIG',
    message: like(/elysium is missing: the environment variable LAB_BMC_NOWHERE holds none\. Set it/),
  });
  await expect(access(at.path('flashed'))).rejects.toThrow();
});

it('keeps the end of what a talkative program says', async () => {
  await using at = await bench(
    `i=0; while [ $i -lt 50 ]; do i=$((i+1)); echo "block $i"; done; head -c 900 /dev/zero | tr '\\0' x`,
  );
  const result = await flasher({ flash: [at.tool, '{version}'] }).flash('2304', wait);
  const output = result.next === 'reboot' ? result.output : [];
  expect(output).toHaveLength(20);
  expect(output[0]).toBe('block 32');
  expect(output.at(-1)).toBe(`${'x'.repeat(300)}...`);
});

it.each([
  ['', []],
  ['; echo done', ['done']],
])('keeps no half of a secret either (%j)', async (more, expected) => {
  vi.stubEnv('LAB_BMC', 's'.repeat(100_000));
  await using at = await bench(`printf '%s\\n' "$BMC" | tr -d '\\n'; echo${more}`);
  const config = { flash: [at.tool, '{version}'], environment: { BMC: { env: 'LAB_BMC' } } };
  expect(await flasher(config).flash('2304', wait)).toMatchObject({ output: expected });
});

it('ends a program that hangs at the deadline, and says what that means', async () => {
  await using at = await bench('echo erasing; sleep 30');
  await expect(flasher({ flash: [at.tool, '{version}'] }).flash('2304', { timeoutMs: 500 })).rejects.toMatchObject({
    code: 'BIOS_FLASH_FAILED',
    message: like(/did not end within 0\.5 s and was killed\. Its flash may be half written.*erasing/s),
  });
});

it('says that the program is not there', async () => {
  const config = { flash: ['/nonexistent/flash', '{version}'] };
  await expect(flasher(config).flash('2304', wait)).rejects.toThrow(/ended with 12[67]/);
});

it('begins nothing once it is called off, and ends what has begun', async () => {
  await using at = await bench('touch began; while ! [ -e go ]; do sleep 0.05; done; echo flashed');
  const flash = flasher({ flash: [at.tool, '{version}'] });
  const abort = new AbortController();
  const running = flash.flash('2304', { ...wait, signal: abort.signal });
  await vi.waitFor(() => access(at.path('began')), { timeout: 10_000 });
  abort.abort(new Error('interrupted'));
  await expect(flash.flash('2304', { ...wait, signal: abort.signal })).rejects.toThrow('interrupted');
  await writeFile(at.path('go'), '');
  expect(await running).toEqual({ next: 'reboot', output: ['flashed'] });
});

it('is not stopped half-way by the death of comeback', async () => {
  await using at = await bench(
    'touch began; while ! [ -e go ]; do sleep 0.05; done; echo writing; echo more >&2; touch whole',
  );
  const module = new URL('bios-flasher-of.ts', import.meta.url).href;
  const config = { driver: 'command', flash: [at.tool, '{version}'], environment: {} };
  const script = `
    import { biosFlasherOf } from ${JSON.stringify(module)};
    await biosFlasherOf(${JSON.stringify(config)}, { host: 'elysium' }).flash('2304', { timeoutMs: 60_000 });`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', script];
  // What a killed controller leaves behind goes with this directory.
  const env = { ...process.env, TMPDIR: at.path('.') };
  const controller = spawn(process.execPath, args, { stdio: 'ignore', env });
  const ended = once(controller, 'exit');
  await vi.waitFor(() => access(at.path('began')), { timeout: 20_000 });
  controller.kill('SIGKILL');
  await ended;
  await writeFile(at.path('go'), '');
  await vi.waitFor(() => access(at.path('whole')), { timeout: 10_000 });
});
