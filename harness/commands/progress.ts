import type { JournalEvent, JournalEventOf } from '../journal/events.ts';
import type { CycleJudgement } from '../judge/verdict.ts';
import { planWords } from '../report/plan-words.ts';
import { shortAddress } from '../pci/address.ts';

/** What watches a run for a person. */
export interface Progress {
  /** Says what there is to say about an event, and about the cycle that ended with it. */
  readonly event: (event: JournalEvent, judgement: CycleJudgement | undefined) => void;
  /** Learns from an event of an earlier session of the same run, and says nothing. */
  readonly oldEvent: (event: JournalEvent) => void;
}

/** Turns the events of a run into lines for the person who watches it, each as soon as there is something to say. */
export function progressLines(print: (line: string) => void): Progress {
  let ofCycles = '';
  let startedAtMs: number | undefined;
  const learn = (event: JournalEvent): void => {
    if (event.t === 'run-started') ofCycles = event.plan.cycles === undefined ? '' : `/${event.plan.cycles}`;
  };
  return {
    oldEvent: learn,
    event: (event, judgement) => {
      learn(event);
      startedAtMs ??= event.at;
      const seconds = `${((event.at - startedAtMs) / 1000).toFixed(1).padStart(6)} s`;
      const say = (words: string): void => print(`${seconds}  ${words}`);
      const words = describe(event, ofCycles);
      if (words !== undefined) say(words);
      if (judgement === undefined) return;
      say(`cycle ${judgement.cycle}${ofCycles}: ${judgement.outcome} (${judgement.because})`);
      for (const { address, role, verdict, because } of judgement.functions) {
        // What kept us from seeing any of them was said already.
        if (verdict !== 'survived' && because !== judgement.because)
          say(`    ${shortAddress(address)} ${role} ${verdict}: ${because}`);
      }
    },
  };
}

/** @returns undefined for events that would only be noise on a screen. */
function describe(event: JournalEvent, ofCycles: string): string | undefined {
  switch (event.t) {
    case 'run-started':
      return `run ${event.run}: ${planWords(event.plan)} on ${event.host}, VM ${event.vm.id}, ${event.functions.length} functions`;
    case 'kernel-installed':
      return `installed ${event.added.join(', ') || 'a kernel that was there already'} from ${event.package}`;
    case 'boot-leftover': {
      const kernel = event.kernel === null ? '' : ` (Linux ${event.kernel})`;
      return `an earlier run left "${event.entry}"${kernel} armed; ${event.takenBack ? 'taken back' : "it stays, it may be somebody else's"}`;
    }
    case 'boot-unfinished': {
      const since = event.rebooted ? `it was booted since and runs Linux ${event.kernel}` : 'it was not rebooted';
      return `the run ${event.run} died while it booted the host as ${event.cell}; ${since}`;
    }
    case 'flash-over':
      return `the flash of BIOS ${event.to} that the run ${event.run} began is over, somebody says`;
    case 'bios-intent':
      return `BIOS ${event.from} -> ${event.to} by ${event.driver}`;
    case 'bios-done':
      return event.ok ? undefined : `the BIOS was not flashed: ${event.message ?? 'no reason given'}`;
    case 'parked':
      return `PARKED: ${event.instructions}`;
    case 'resumed':
      return `resumed: the BIOS is ${event.bios} now`;
    case 'boot-intent':
      return `booting the cell ${event.cell} once, by ${event.loader}`;
    case 'boot-done': {
      const seconds = (event.durationMs / 1000).toFixed(1);
      return event.ok
        ? `booted Linux ${event.kernel ?? 'unknown'} in ${seconds} s`
        : `the cell ${event.cell} did not come up (${seconds} s)${event.kernel === null ? '' : `; Linux ${event.kernel} runs`}`;
    }
    case 'power-found-off':
      return event.readBack === 'unknown'
        ? 'the host does not answer, and an earlier run of ours cut its power and died; switching it on'
        : 'the host has no power: an earlier run of ours cut it and died; switching it on';
    case 'power-intent':
      return `power ${event.act}`;
    case 'power-done':
      return event.failure === undefined ? undefined : `power ${event.act} failed: ${event.failure}`;
    case 'host-wedged':
      return `HOST WEDGED: ${event.why}`;
    case 'console-sign':
      return `console: ${event.text}`;
    case 'host-identified': {
      const { board, bios, kernel } = event.identity;
      return `${board ?? 'unknown board'}, BIOS ${bios ?? 'unknown'}, Linux ${kernel}`;
    }
    case 'canary':
      return event.silent.length === 0
        ? `canary: the judge notices all ${event.checked} symptoms`
        : `canary: the judge is blind to ${event.silent.join(', ')}`;
    case 'gate':
      return event.passed ? `gate ${event.gate}: open` : `gate ${event.gate}: CLOSED`;
    case 'intent':
      return `cycle ${event.cycle}${ofCycles}: ${event.act === 'vm-start' ? 'starting' : 'stopping'} the VM`;
    case 'act-done':
      return event.ok
        ? undefined
        : `cycle ${event.cycle}${ofCycles}: ${event.act} failed (exit ${event.exitCode ?? 'unknown'})`;
    case 'stop-intent':
    case 'stop-done':
      return stopWords(event, `cycle ${event.cycle}${ofCycles}`);
    case 'vm-gone':
      return `cycle ${event.cycle}${ofCycles}: the VM is gone, and nobody stopped it`;
    case 'reset-awaited': {
      const tasks = event.stuck.map(({ pid, command, where }) => `${command} (${pid}) is in ${where}`).join(', ');
      const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
      return (
        `cycle ${event.cycle}${ofCycles}: ${event.act} has taken ${seconds(event.waitedMs)}: ${tasks}. A dead function blocks each reset ` +
        `for about 70 s; the host counts as wedged after ${seconds(event.untilMs)}`
      );
    }
    case 'guest-proof':
      return `cycle ${event.cycle}${ofCycles}: ${guestWords(event)}`;
    case 'rung-intent':
      return `bringing back ${event.functions.map(shortAddress).join(', ')}: ${event.rung}`;
    case 'rung-done': {
      const back =
        event.revived.length === 0
          ? 'brought nothing back'
          : `brought back ${event.revived.map(shortAddress).join(', ')}`;
      const why = event.message === undefined ? '' : ` (${event.message})`;
      if (event.standing === undefined || event.standing === 'taken') return `${event.rung} ${back}${why}`;
      return `${event.rung}: ${event.standing.replace('-', ' ')}${why}`;
    }
    case 'run-finished':
      return event.reason === 'stop-rule' ? `the run ends: ${event.message ?? 'a rule of its plan is met'}` : undefined;
    case 'run-resumed': {
      const torn = event.tornBytes === undefined ? '' : `; ${event.tornBytes} bytes of a torn line were cut off`;
      const open = event.openCycle === undefined ? '' : ` in cycle ${event.openCycle}${ofCycles}`;
      const step = event.openStep === undefined ? '' : ` (${event.openStep})`;
      return `going on where comeback left${open}${step}${torn}`;
    }
    case 'settled': {
      const vm = {
        down: 'its VM is down',
        stopped: 'its VM was still up and was stopped',
        'gone-with-host': 'its VM went with the host',
      };
      return `cycle ${event.cycle}${ofCycles}: ${vm[event.vm]}${event.isSameBoot ? '' : '; the host was booted since'}`;
    }
    case 'take-over-intent':
      return `taking the lab over from ${event.from}`;
    case 'take-over-done':
      return event.how === 'gave-way' ? 'it gave way' : `it did not answer, and its observer was ${event.how}`;
    case 'lab-lost':
      return `LAB LOST: ${event.message}`;
    case 'lab-back':
      return 'the lab host answers again';
    default:
      return undefined;
  }
}

const stopSteps = {
  stop: 'the stop of its manager',
  shutdown: 'asking its guest to shut down',
  terminate: 'SIGTERM to its process',
  kill: 'SIGKILL to its process',
  power: "cutting the host's power",
} as const;

/** What is done to a VM that its manager does not stop. */
function stopWords(event: JournalEventOf<'stop-intent' | 'stop-done'>, where: string): string | undefined {
  const step = stopSteps[event.step];
  if (event.t === 'stop-intent') return `${where}: the VM is still there; ${step}`;
  if (event.standing === 'skipped') return `${where}: left out ${step}: ${event.message ?? 'no reason given'}`;
  const said = event.message === undefined ? '' : ` (${event.message})`;
  return `${where}: the VM is ${event.standing === 'gone' ? 'gone' : 'still there'} after ${step}${said}`;
}

/** `guest answered after 41 s, 5 of 5 functions usable`. */
function guestWords({ answeredMs, asked, findings = [], notProven }: JournalEventOf<'guest-proof'>): string {
  if (notProven !== undefined) return `guest: not proven (${notProven})`;
  const seconds = answeredMs === null ? '' : ` after ${Math.round(answeredMs / 1000)} s`;
  return `guest answered${seconds}${asked === 0 ? '' : `, ${asked - findings.length} of ${asked} functions usable`}`;
}
