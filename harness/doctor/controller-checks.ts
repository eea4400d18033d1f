import type { HostLeftovers } from '../cycle/host-leftovers.ts';
import { exitCodes } from '../errors.ts';
import type { LabHostConfig } from '../inventory/config.ts';
import type { SecretSource } from '../host/secret.ts';
import { type Check, checkOf, checksOf, type Finding, ok, sentence, stopsRun, warning } from './check.ts';

/** Something on the controller that the inventory's words on a host need. */
export interface Need {
  /** Whose it is, as in "the power switch". */
  readonly of: string;
  readonly what: { readonly program: string } | { readonly file: string } | { readonly secret: SecretSource };
}

/** A need that is not met. */
export interface MissingNeed extends Need {
  /** The end of a sentence. */
  readonly why: string;
}

/** Programs, files and secrets on the controller that the host's power, console, BIOS and cells ask for. */
export function needsOf(host: LabHostConfig): Need[] {
  const { power, console: heard, bios, cells } = host;
  const programs = (of: string, ...commands: readonly (readonly string[])[]): Need[] =>
    [...new Set(commands.flatMap(([program]) => program ?? []))].map((program) => ({ of, what: { program } }));
  const secrets = (of: string, sources: readonly SecretSource[]): Need[] =>
    sources.map((secret) => ({ of, what: { secret } }));
  const images = bios !== undefined && 'images' in bios ? Object.values(bios.images ?? {}) : [];
  return [
    ...(power?.driver === 'command'
      ? [
          ...programs('the power switch', power.on, power.off, power.state?.command ?? []),
          ...secrets('the power switch', Object.values(power.environment)),
        ]
      : []),
    ...(power !== undefined && 'login' in power && power.login !== undefined
      ? secrets('the power switch', [power.login.password])
      : []),
    ...(heard?.source === 'command' ? programs('the console', heard.command) : []),
    ...(bios?.driver === 'command'
      ? [...programs('the BIOS flasher', bios.flash), ...secrets('the BIOS flasher', Object.values(bios.environment))]
      : []),
    ...images.map((file) => ({ of: 'the BIOS flasher', what: { file } })),
    ...cells.flatMap(({ name, kernelPackage }) =>
      kernelPackage === undefined ? [] : [{ of: `the cell ${name}`, what: { file: kernelPackage } }],
    ),
  ];
}

/** The oldest Node that comeback runs on: "engines" in package.json. */
const oldestNode = { major: 20, minor: 19 };

/** @param version as `process.version` has it */
export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const fits = major > oldestNode.major || (major === oldestNode.major && minor >= oldestNode.minor);
  return fits
    ? ok(`Node ${version}`)
    : stopsRun(
        `Node ${version} is too old.`,
        `Install Node ${oldestNode.major}.${oldestNode.minor} or later.`,
        exitCodes.usage,
      );
}

/** Has the controller what the host's inventory asks of it, and did earlier runs leave anything half done? */
export function controllerChecks(
  host: LabHostConfig,
  missing: readonly MissingNeed[],
  leftovers: HostLeftovers,
): Check[] {
  const count = needsOf(host).length;
  return [
    ...checksOf(
      'controller',
      'tools',
      missing.map(needFinding),
      count === 0 ? 'the inventory asks for none' : `${count} programs, files and secrets are there`,
    ),
    checkOf(
      'controller',
      'power',
      ok(host.power === undefined ? 'no power switch: a host that hangs waits for a person' : host.power.driver),
    ),
    ...checksOf(
      'controller',
      'earlier-runs',
      leftoverFindings(leftovers),
      'none is under way, none left anything half done',
    ),
  ];
}

function needFinding({ of, what, why }: MissingNeed): Finding {
  if ('program' in what) {
    return warning(
      sentence(`${of} needs the program ${what.program}, which ${why}`),
      'Install it, or write its full path into the inventory.',
    );
  }
  if ('file' in what)
    return warning(
      sentence(`${of} needs the file ${what.file}, which ${why}`),
      'Put it there, or correct the inventory.',
    );
  const where = 'env' in what.secret ? `the environment variable ${what.secret.env}` : `the file ${what.secret.file}`;
  return warning(`The secret of ${of} ${why}.`, `Put it into ${where} before the run.`);
}

function leftoverFindings({ underWay, flash, boot, cutAtMs }: HostLeftovers): Finding[] {
  return [
    ...(underWay === undefined
      ? []
      : [stopsRun(`The run ${underWay} of this controller is under way.`, 'Wait for its end, or end it.')]),
    ...(flash === undefined || underWay !== undefined
      ? []
      : [
          stopsRun(
            `The run ${flash.run} began to flash BIOS ${flash.to} (${flash.driver}), and nothing tells that it ended.`,
            'Look whether the flasher still runs; once nothing writes any more, run with --flash-is-over.',
          ),
        ]),
    ...(boot === undefined || underWay !== undefined
      ? []
      : [
          warning(
            `The run ${boot.run} died while it booted the host.`,
            'The next run says what became of that boot; nothing needs to be done.',
          ),
        ]),
    ...(cutAtMs === undefined || underWay !== undefined
      ? []
      : [
          warning(
            `An earlier run cut the power at ${new Date(cutAtMs).toISOString()} and could not give it back.`,
            'The next run gives it back; or switch the host on by hand.',
          ),
        ]),
  ];
}
