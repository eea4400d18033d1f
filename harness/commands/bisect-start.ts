import { resolve } from 'node:path';
import { requireApart } from '../bisect-run/cell-request.ts';
import { defaultCosts } from '../bisect/costs.ts';
import { ComebackError } from '../errors.ts';
import { detectLoader } from '../host/boot/detect-loader.ts';
import { LabHost } from '../host/lab-host.ts';
import type { LabHostConfig } from '../inventory/config.ts';
import type { FunctionRole, JournalEventBody } from '../journal/events.ts';
import type { SshTarget } from '../ssh/target.ts';
import { bisectKernels, BisectKernelsError } from './bisect-kernels.ts';
import { nextTimeOfDay } from './bisect-options.ts';
import { comebackVersion } from './version.ts';

type Started = Extract<JournalEventBody, { t: 'bisect-started' }>;

/** What a new bisect is asked for, as commander gives it. */
export interface AskedBisect {
  readonly kernels?: string | undefined;
  readonly build?: string | undefined;
  readonly bios?: readonly string[] | undefined;
  readonly cmdline?: readonly string[] | undefined;
  readonly mends?: readonly string[] | undefined;
  readonly forRole?: readonly FunctionRole[] | undefined;
  readonly fixed: boolean;
  readonly confidence: number;
  readonly rateFloor: number;
  readonly notBefore?: { readonly hours: number; readonly minutes: number } | undefined;
  readonly cycleTime?: number | undefined;
  readonly bootTime?: number | undefined;
  readonly flashTime?: number | undefined;
}

/** Options that say what a bisect is; one that is gone on with has them in its journal. */
export const settledOptions = [
  ...([
    'kernels',
    'build',
    'bios',
    'cmdline',
    'mends',
    'forRole',
    'notBefore',
    'cycleTime',
    'bootTime',
    'flashTime',
  ] as const),
];

/** What is asked for has no meaning on this host. */
export class BisectAskedError extends ComebackError {
  override readonly code = 'BISECT_ASKED';
  override readonly kind = 'usage';
}

/** At first guess: a person must come, the virtual lab only boots twice. */
const flashMsByHand = 1_800_000;
const flashMsOfLab = 120_000;

/**
 * The first event of a new bisect: what is searched, settled once and for all.
 *
 * @param installed kernels that the host can boot; undefined where it is not asked.
 * @throws BisectAskedError, BisectKernelsError, CommandLineError, KernelBuildError
 */
export async function bisectStart(
  asked: AskedBisect,
  host: LabHostConfig,
  {
    bisect,
    nowMs,
    installed,
    stop,
  }: { bisect: string; nowMs: number; installed: readonly string[] | undefined; stop: AbortSignal },
): Promise<Started> {
  const roles = rolesOf(asked, host);
  const kernels =
    asked.kernels === undefined
      ? [{ name: 'as it is' }]
      : await bisectKernels(asked.kernels, { host, installed, stop });
  const isFromGit = kernels.some(({ commit }) => commit !== undefined);
  if (isFromGit !== (asked.build !== undefined)) {
    throw new BisectKernelsError(
      isFromGit
        ? 'Commits must be built: say how with --build.'
        : '--build is for commits: --kernels "git:REPOSITORY GOOD..BAD".',
    );
  }
  const flags = [
    ...(asked.cmdline ?? []).map((words) => ({ words, suspect: 'on' as const })),
    ...(asked.mends ?? []).map((words) => ({ words, suspect: 'off' as const })),
  ];
  requireApart(flags);
  if ((asked.bios?.length ?? 0) > 1 && host.bios === undefined) {
    throw new BisectAskedError(`The inventory does not say how the BIOS of ${host.name} is flashed: add "bios" to it.`);
  }
  return {
    t: 'bisect-started',
    comeback: comebackVersion,
    bisect,
    host: host.name,
    roles,
    kernels,
    biosVersions: asked.bios === undefined ? [null] : [...asked.bios],
    flags,
    isFix: asked.fixed,
    confidence: asked.confidence,
    rateFloor: asked.rateFloor,
    costs: costsOf(asked, host, nowMs),
    ...(asked.build === undefined
      ? {}
      : { build: { repository: repositoryOf(asked.kernels ?? ''), command: asked.build } }),
  };
}

/** The kernels that the host's boot loader can start; nothing is changed. */
export async function installedKernels(host: LabHostConfig, target: SshTarget): Promise<readonly string[]> {
  await using lab = await LabHost.connect(target, { timeoutMs: host.timeouts.connectMs });
  const wait = { timeoutMs: host.timeouts.commandMs };
  const loader = await detectLoader(lab.session, wait);
  return (await loader.kernels(wait)).map(({ version }) => version);
}

function rolesOf({ forRole }: AskedBisect, host: LabHostConfig): FunctionRole[] {
  const has = new Set(host.functions.map(({ role }) => role));
  const missing = forRole?.find((role) => !has.has(role));
  if (missing !== undefined) {
    throw new BisectAskedError(`No function of ${host.name} has the role ${missing}; it has ${[...has].join(', ')}.`);
  }
  return [...new Set(forRole ?? has)];
}

function costsOf(
  { cycleTime, bootTime, flashTime, notBefore }: AskedBisect,
  host: LabHostConfig,
  nowMs: number,
): Started['costs'] {
  const bootMs = bootTime ?? defaultCosts.kernelBootMs;
  const isByHand = host.bios?.driver === 'manual';
  const guessMs = isByHand
    ? flashMsByHand
    : host.bios?.driver === 'virtual-lab'
      ? flashMsOfLab
      : defaultCosts.flash.flashMs;
  if (notBefore !== undefined && !isByHand) {
    throw new BisectAskedError(
      `--not-before is for a person who flashes the BIOS; that of ${host.name} is not flashed by hand.`,
    );
  }
  return {
    cycleMs: cycleTime ?? defaultCosts.cycleMs,
    kernelBootMs: bootMs,
    rebootAfterLossMs: bootMs,
    flash: {
      by: isByHand ? 'hand' : 'command',
      flashMs: flashTime ?? guessMs,
      ...(notBefore === undefined ? {} : { notBeforeMs: nextTimeOfDay(notBefore, nowMs) }),
    },
  };
}

function repositoryOf(kernels: string): string {
  return resolve(/^git:(.+?)\s/.exec(kernels.trim())?.[1] ?? '.');
}
