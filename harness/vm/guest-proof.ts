import type { Clock } from '../clock.ts';
import type { PciAddress } from '../pci/address.ts';
import { CommandTimeoutError } from '../ssh/errors.ts';
import { type GuestAgent, GuestAgentError } from './guest-agent.ts';
import { type GuestMatch, matchGuest } from './guest-match.ts';
import { type GuestFunction, guestFunctionsIn, guestProbe, uselessness } from './guest-probe.ts';

/** What is asked of a guest. */
export interface GuestExpectation {
  /** A Linux guest is looked into; of any other only its agent and the commands tell. */
  readonly os: 'linux' | 'windows';
  /** What the VM gets, in the order in which its manager hands it over. */
  readonly functions: readonly GivenFunction[];
  /** How long the agent may take from the VM's start to its first answer. */
  readonly timeoutMs: number;
}

export interface GivenFunction {
  readonly address: PciAddress;
  /** `vendor:device`, lower case. */
  readonly id: string;
  /** A program in the guest that ends with 0 where the function can be used. */
  readonly command?: readonly string[] | undefined;
}

/** Something that the guest lacks. */
export interface GuestFinding {
  readonly address: PciAddress;
  readonly symptom: 'guest-missing' | 'guest-unusable';
  readonly reading: string;
}

/** What a guest showed of what it was given. */
export interface GuestProof {
  /** From the VM's start to the agent's first answer; null where there was none. */
  readonly answeredMs: number | null;
  /** Functions that something was asked about. */
  readonly asked: number;
  /** Empty where all is well, and where nothing could be proven. */
  readonly findings: readonly GuestFinding[];
  /** Why the guest proves nothing, for or against; undefined where it does. */
  readonly notProven?: string | undefined;
}

interface GuestWorld {
  readonly clock: Clock;
  /** Ends the waits; what is not proven by then stays so. */
  readonly stop: AbortSignal;
}

/** Between two pings of a guest that boots. */
const pingEveryMs = 1_000;
/** One ping and its way; Proxmox waits 3 s for the agent itself (qga_check_running in qemu-server). */
const pingTimeoutMs = 15_000;
const execTimeoutMs = 60_000;
/** How long a guest whose agent answers may still be about its drivers, and too busy to tell. */
const driversTimeoutMs = 30_000;
const lookAgainEveryMs = 2_000;

/**
 * Waits for the agent of a VM that was just started and asks the guest what it has. Silence, and whatever keeps the guest from telling,
 * is no finding: it says nothing about a function.
 *
 * @param startedAtMs when the VM's start was asked for, by the clock.
 */
export async function proveGuest(
  agent: GuestAgent | undefined,
  expected: GuestExpectation,
  startedAtMs: number,
  world: GuestWorld,
): Promise<GuestProof> {
  const nothing = { answeredMs: null, asked: 0, findings: [] };
  const { clock, stop } = world;
  if (agent === undefined) return { ...nothing, notProven: 'the VM manager has no way to the agent' };
  const silence = await untilAnswer(agent, startedAtMs + expected.timeoutMs, expected.timeoutMs, world);
  if (silence !== undefined) return { ...nothing, notProven: silence };
  const answeredAtMs = clock.nowMs();
  const answeredMs = Math.max(0, answeredAtMs - startedAtMs);
  for (;;) {
    const looked = await lookInto(agent, expected).catch((error: unknown) => {
      if (!(error instanceof GuestAgentError) && !(error instanceof CommandTimeoutError)) throw error;
      return { asked: 0, findings: [], notProven: error.message };
    });
    const allTold = looked.findings.length === 0 && !('notProven' in looked);
    const isLast = allTold || stop.aborted || clock.nowMs() >= answeredAtMs + driversTimeoutMs;
    if (isLast) return { answeredMs, ...looked };
    await rest(lookAgainEveryMs, world);
  }
}

/** @returns why the agent did not answer; undefined once it did. */
async function untilAnswer(
  agent: GuestAgent,
  deadlineMs: number,
  timeoutMs: number,
  world: GuestWorld,
): Promise<string | undefined> {
  const { clock, stop } = world;
  while (!stop.aborted) {
    const ping = await agent.ping({ timeoutMs: pingTimeoutMs }).catch((error: unknown) => {
      if (!(error instanceof CommandTimeoutError)) throw error;
      return { answers: false, inVain: false, said: error.message } as const;
    });
    if (ping.answers) return undefined;
    if (ping.inVain) return ping.said;
    if (clock.nowMs() >= deadlineMs) return `the agent did not answer in ${Math.round(timeoutMs / 1000)} s`;
    await rest(pingEveryMs, world);
  }
  return 'the run was to end before the agent answered';
}

async function rest(durationMs: number, { clock, stop }: GuestWorld): Promise<void> {
  await clock.sleep(durationMs, stop).catch((error: unknown) => {
    if (!stop.aborted) throw error;
  });
}

async function lookInto(agent: GuestAgent, expected: GuestExpectation): Promise<Omit<GuestProof, 'answeredMs'>> {
  const { functions } = expected;
  const isLinux = expected.os === 'linux';
  const findings = isLinux ? await missingOrIdle(agent, functions) : [];
  for (const { address, command } of functions) {
    if (command === undefined || findings.some((finding) => finding.address === address)) continue;
    const { exitCode, stdout, stderr } = await agent.exec(command, { timeoutMs: execTimeoutMs });
    if (exitCode === 0) continue;
    const said = firstLine(stderr) ?? firstLine(stdout) ?? 'no word';
    const reading = `${command.join(' ')} in the guest ended with ${exitCode ?? 'a signal'}: ${said}`;
    findings.push({ address, symptom: 'guest-unusable', reading });
  }
  return {
    asked: isLinux ? functions.length : functions.filter(({ command }) => command !== undefined).length,
    findings,
  };
}

async function missingOrIdle(agent: GuestAgent, functions: readonly GivenFunction[]): Promise<GuestFinding[]> {
  const probe = guestProbe(functions.map(({ id }) => id));
  const { exitCode, stdout, stderr } = await agent.exec(probe, { timeoutMs: execTimeoutMs });
  const seen = exitCode === 0 ? guestFunctionsIn(stdout) : undefined;
  if (seen === undefined) {
    throw new GuestAgentError('list the functions of the guest', firstLine(stderr) ?? `"${stdout.slice(0, 200)}"`);
  }
  const matches = matchGuest(functions, seen);
  return functions.flatMap((given, index): GuestFinding[] => {
    const found = findingOf(given, matches[index] ?? { seen: 'no' }, functions, seen);
    return found === undefined ? [] : [{ address: given.address, ...found }];
  });
}

function findingOf(
  { id }: GivenFunction,
  match: GuestMatch<GuestFunction>,
  functions: readonly GivenFunction[],
  seen: readonly GuestFunction[],
): Omit<GuestFinding, 'address'> | undefined {
  if (match.seen === 'no') return { symptom: 'guest-missing', reading: `the guest lists no ${id} in its place` };
  if (match.seen === 'unclear') {
    const [has, of] = [seen, functions].map((list) => list.filter((one) => one.id === id).length);
    const reading = `the guest lists ${has} of ${of} functions ${id}, and it cannot be told which`;
    return { symptom: 'guest-missing', reading };
  }
  const useless = match.candidates.map((candidate) => ({ at: candidate.address, why: uselessness(candidate) }));
  const [first] = useless;
  if (first?.why === undefined || useless.some(({ why }) => why === undefined)) return undefined;
  return { symptom: 'guest-unusable', reading: `${first.at} in the guest: ${first.why}` };
}

function firstLine(text: string): string | undefined {
  return text
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '')
    ?.slice(0, 200);
}
