import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, statSync, truncateSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ComebackError } from '../errors.ts';
import { LabHost } from '../host/lab-host.ts';
import type { JournalEvent } from '../journal/events.ts';
import { scanJournal } from '../journal/reader.ts';
import { RunJudge } from '../judge/run-judge.ts';
import { bundle, type Bundle } from '../test/bundle.ts';
import { twinTarget } from '../test/twin-target.ts';
import { parseTwinFaults } from '../twin/faults/load.ts';
import { startTwin, type Twin } from '../twin/twin.ts';
import { accountOf } from './account.ts';
import type { Job } from './job.ts';
import { fullFile, syncedFile } from './mortal-disk.ts';
import { type ToldCycle, wrongs } from './oracle.ts';
import { trialPlan, type TrialPlan } from './trial-plan.ts';
import { Witness } from './witness.ts';

/** What became of a trial. */
export interface TrialResult {
  readonly seed: number;
  readonly cycles: number;
  readonly deaths: number;
  /** What befell host and wire. */
  readonly befell: readonly string[];
  readonly verdicts: number;
  readonly wrongs: readonly string[];
  /** Where the journal lies; it stays only where something is wrong. */
  readonly directory: string;
}

/** A run that meets a loss again and again gives up; it is gone on with as a person would. */
const mostSessions = 12;
const lastLookMs = 20_000;

/** Controllers that are loaded already and wait for a job: half of a session's time would go into that. */
export class Controllers implements Disposable {
  readonly #program: Bundle;
  #spare: Promise<ChildProcess>;

  private constructor(program: Bundle) {
    this.#program = program;
    this.#spare = this.#load();
  }

  static async start(): Promise<Controllers> {
    return new Controllers(await bundle(new URL('controller.ts', import.meta.url)));
  }

  async take(): Promise<ChildProcess> {
    const taken = await this.#spare;
    this.#spare = this.#load();
    return taken;
  }

  [Symbol.dispose](): void {
    void this.#spare.then((child) => {
      child.kill('SIGKILL');
      this.#program[Symbol.dispose]();
    });
  }

  async #load(): Promise<ChildProcess> {
    const child = fork(this.#program.file, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await once(child, 'message');
    return child;
  }
}

/** Runs a trial from its seed. */
export async function runTrial(seed: number, controllers: Controllers): Promise<TrialResult> {
  const plan = trialPlan(seed);
  const directory = await mkdtemp(join(tmpdir(), 'comeback-chaos-'));
  const twin = await startTwin({
    seed,
    ...(plan.script === undefined ? {} : { faults: parseTwinFaults(plan.script) }),
  });
  let isRight = false;
  try {
    using witness = new Witness(directory, twin.record);
    const disturbed = new Set<number>();
    const { ends, account } = await sessions(plan, directory, twin, disturbed, controllers);
    const events: JournalEvent[] = [];
    const judge = new RunJudge();
    const told: ToldCycle[] = [];
    const unreadable: string[] = [];
    try {
      await scanJournal(join(directory, 'journal.ndjson'), (event) => {
        events.push(event);
        const judged = judge.push(event);
        if (judged !== undefined) told.push(judged);
      });
    } catch (error) {
      if (!(error instanceof ComebackError)) throw error;
      unreadable.push(error.message);
    }
    // What a later event explains of a cycle is in the result only.
    const judgement = judge.result();
    const { failures: kept } = judgement;
    const failures = new Map(kept.map((failure) => [failure.cycle, failure]));
    const final = told.map((one) => failures.get(one.cycle) ?? one);
    const all = [
      ...unreadable,
      ...ends.filter((end) => end === 'crashed').map(() => 'a controller ended by a defect of its own'),
      ...(account === accountOf(judgement)
        ? []
        : [`counted while it ran: ${account}; by the journal: ${accountOf(judgement)}`]),
      ...wrongs(plan.cycles, events, final, witness.truth, { cycles: disturbed }),
      ...(await leaks(twin, directory)),
    ];
    isRight = all.length === 0;
    return {
      seed,
      cycles: plan.cycles,
      deaths: ends.filter((end) => end === 'died').length,
      befell: witness.truth.befell.map(({ what }) => what),
      verdicts: final.reduce((sum, { functions }) => sum + functions.length, 0),
      wrongs: all,
      directory,
    };
  } finally {
    await twin[Symbol.asyncDispose]();
    if (isRight) await rm(directory, { recursive: true });
  }
}

async function sessions(
  plan: TrialPlan,
  directory: string,
  twin: Twin,
  disturbed: Set<number>,
  controllers: Controllers,
): Promise<{ ends: string[]; account: string }> {
  const ends: string[] = [];
  for (let number = 0; number < mostSessions; number += 1) {
    const death = plan.deaths[number];
    await rm(join(directory, fullFile), { force: true });
    const { end, account } = await oneSession(plan, number, directory, twin, controllers);
    ends.push(end);
    if (end === 'died') cutPower(directory, plan.keeps[number] ?? 1);
    if (end === 'ended') return { ends, account };
    // Only what the suite itself did excuses a cycle: the one that was open, and one whose begin was not on the disk yet.
    const isOurs = end === 'died' || (death?.moment === 'full' && end === 'JOURNAL_WRITE_FAILED');
    if (isOurs) for (const cycle of openCycles(directory)) disturbed.add(cycle);
  }
  return { ends, account: '' };
}

const sessionEnd = z.object({ ended: z.string().nullable(), account: z.string() });

async function oneSession(
  { cycles, rungs, segmentBytes, deaths }: TrialPlan,
  number: number,
  directory: string,
  twin: Twin,
  controllers: Controllers,
): Promise<{ end: string; account: string }> {
  const child = await controllers.take();
  const { port, hostKeySha256, clientPrivateKey } = twin;
  let said: z.infer<typeof sessionEnd> | undefined;
  child.on('message', (message) => (said = sessionEnd.parse(message)));
  const job: Job = {
    directory,
    port,
    hostKeySha256,
    clientPrivateKey,
    cycles,
    rungs: [...rungs],
    segmentBytes,
    death: deaths[number],
  };
  child.send(job);
  await once(child, 'exit');
  if (said === undefined) return { end: child.signalCode === 'SIGKILL' ? 'died' : 'crashed', account: '' };
  return { end: said.ended ?? 'ended', account: said.account };
}

/** The power goes: of what was not synced, only a part is there. */
function cutPower(directory: string, keep: number): void {
  const path = join(directory, 'journal.ndjson');
  if (!existsSync(path) || !existsSync(join(directory, syncedFile))) return;
  const { size } = statSync(path);
  const synced = Math.min(size, Number(readFileSync(join(directory, syncedFile), 'utf8')));
  truncateSync(path, synced + Math.round((size - synced) * keep));
}

/** The last cycle that stands in the file, and the next one. */
function openCycles(directory: string): number[] {
  const path = join(directory, 'journal.ndjson');
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const begun = [...text.matchAll(/"t":"cycle-started","cycle":(\d+)/g)].at(-1)?.[1];
  const checkpoint = /"t":"checkpoint".*?"cycle":(\d+)/.exec(text)?.[1];
  const last = Number(begun ?? checkpoint ?? 0);
  return [last, last + 1];
}

/** What is left behind that must not be: a VM, a command, a lock, a file. */
async function leaks(twin: Twin, directory: string): Promise<string[]> {
  const found: string[] = [];
  if (twin.vmRunning) found.push('left behind: a VM that runs');
  const over = twin.commandsEnded().then(() => true);
  const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), lastLookMs).unref());
  if (!(await Promise.race([over, late]))) found.push(`left behind: ${twin.runningCommands.join(', ')}`);
  await using host = await LabHost.connect(twinTarget(twin), { timeoutMs: lastLookMs });
  const holder = await host.observer.lockHolder({ timeoutMs: lastLookMs });
  if (holder !== null) found.push(`left behind: the lock of ${holder.owner}`);
  const known = /^(journal(-\d{6}\.ndjson\.gz|\.ndjson)|synced-bytes|disk-is-full)$/;
  found.push(
    ...readdirSync(directory)
      .filter((name) => !known.test(name))
      .map((name) => `left behind: the file ${name}`),
  );
  return found;
}
