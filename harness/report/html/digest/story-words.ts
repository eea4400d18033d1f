import type { JournalEvent, JournalEventOf } from '../../../journal/events.ts';
import { shortAddress } from '../../../pci/address.ts';
import { forcedStopWord } from '../../forced-stop-words.ts';
import { secondsWords } from '../duration-words.ts';

/** What a line of a story is about; the page has a mark for each. */
export type LineKind = 'phase' | 'health' | 'kernel' | 'reset' | 'vm' | 'host' | 'recovery' | 'console';

/** One line of what happened in a cycle. */
export interface StoryLine {
  readonly kind: LineKind;
  readonly text: string;
  /** It speaks against somebody. */
  readonly isBad?: boolean;
}

/** What a story tells of an event, beside health and resets; nothing of those that every good cycle has as well. */
export function eventLines(event: JournalEvent): readonly StoryLine[] {
  switch (event.t) {
    case 'intent':
      return [{ kind: 'phase', text: event.act === 'vm-start' ? 'the VM is started' : 'the VM is stopped' }];
    case 'act-done':
      return actLines(event);
    case 'stop-intent':
      return [{ kind: 'vm', text: `the VM is still there; next: ${event.step}` }];
    case 'stop-done':
      return [{ kind: 'vm', text: stopWords(event), isBad: event.standing === 'still-there' }];
    case 'vm-gone':
      return [{ kind: 'vm', text: 'the VM was gone, and nobody had stopped it', isBad: true }];
    case 'guest-proof':
      return guestLines(event);
    case 'kernel': {
      const times = event.repeats === undefined ? '' : ` (${event.repeats} times more)`;
      return [{ kind: 'kernel', text: `${event.text}${times}`, isBad: event.level <= 3 }];
    }
    case 'reset-awaited': {
      const tasks = event.stuck.map(({ pid, command, where }) => `${command} (${pid}) in ${where}`).join(', ');
      return [{ kind: 'reset', text: `waited ${secondsWords(event.waitedMs)} for a reset: ${tasks}`, isBad: true }];
    }
    case 'rung-intent':
      return [{ kind: 'recovery', text: `${event.rung} is tried for ${event.functions.map(shortAddress).join(', ')}` }];
    case 'rung-done':
      return [{ kind: 'recovery', text: rungWords(event), isBad: event.standing === 'failed' }];
    case 'cycle-finished':
      return event.complete
        ? [{ kind: 'phase', text: 'the cycle is over' }]
        : [{ kind: 'phase', text: 'the cycle was broken off', isBad: true }];
    default:
      return hostLines(event);
  }
}

function hostLines(event: JournalEvent): readonly StoryLine[] {
  const host = (text: string, isBad = false): StoryLine => ({ kind: 'host', text, isBad });
  switch (event.t) {
    case 'lab-lost':
      return [host(`the lab was lost: ${event.message}`, true)];
    case 'lab-back':
      return [host(`the host answers again, boot ${event.bootId}`)];
    case 'host-wedged':
      return [host(`the host is wedged: ${event.why}`, true), ...consoleLines(event.console)];
    case 'power-intent':
      return [host(`its power is switched ${event.act}`)];
    case 'power-done':
      return event.failure === undefined
        ? []
        : [host(`its power could not be switched ${event.act}: ${event.failure}`, true)];
    case 'boot-intent':
      return [host(`the cell ${event.cell} is booted`)];
    case 'boot-done': {
      const took = secondsWords(event.durationMs);
      if (event.ok) return [host(`booted Linux ${event.kernel ?? 'unknown'} in ${took}`)];
      const why = event.message === undefined ? '' : `: ${event.message}`;
      return [host(`the boot failed after ${took}${why}`, true), ...consoleLines(event.console)];
    }
    case 'console-sign':
      return [{ kind: 'console', text: event.text, isBad: event.standing === 'wedged' }];
    case 'run-resumed': {
      const step = event.openStep === undefined ? '' : ` while ${event.openStep} was under way`;
      return [host(`comeback ended${step}; somebody went on with the run`, event.openCycle !== undefined)];
    }
    case 'settled': {
      const vm = {
        down: 'its VM is down',
        stopped: 'its VM was still up and was stopped',
        'gone-with-host': 'its VM went with the host',
      } as const;
      return [host(`${vm[event.vm]}${event.isSameBoot ? '' : '; the host was booted since'}`)];
    }
    case 'gate':
      return event.passed ? [] : event.findings.map((finding) => host(`gate ${event.gate}: ${finding}`, true));
    case 'parked':
      return [host(`parked: ${event.instructions}`)];
    default:
      return [];
  }
}

function consoleLines(lines: readonly string[] | undefined): StoryLine[] {
  return (lines ?? []).map((text) => ({ kind: 'console', text }));
}

/** Lines of a manager's words that are told; the last ones say most. */
const toldOutput = 8;

function actLines({ act, ok, exitCode, durationMs, output }: JournalEventOf<'act-done'>): StoryLine[] {
  const what = act === 'vm-start' ? 'VM start' : 'VM stop';
  const took = secondsWords(durationMs);
  if (ok) return [{ kind: 'vm', text: `${what} done in ${took}` }];
  const said = (output ?? '').split('\n').filter((line) => line.trim() !== '');
  return [
    { kind: 'vm', text: `${what} failed after ${took}, exit code ${exitCode ?? 'unknown'}`, isBad: true },
    ...said.slice(-toldOutput).map((text): StoryLine => ({ kind: 'vm', text, isBad: true })),
  ];
}

function stopWords({ step, standing, durationMs, message }: JournalEventOf<'stop-done'>): string {
  const why = message === undefined ? '' : `: ${message}`;
  if (standing === 'skipped') return `${step} was skipped${why}`;
  if (standing === 'still-there') return `the VM outlived ${step}, ${secondsWords(durationMs)}${why}`;
  return step === 'stop' ? `the VM is gone${why}` : `the VM is gone: ${forcedStopWord(step)}${why}`;
}

function guestLines({ asked, findings = [], notProven }: JournalEventOf<'guest-proof'>): StoryLine[] {
  if (notProven !== undefined) return [{ kind: 'vm', text: `the guest proved nothing: ${notProven}` }];
  if (findings.length === 0) return [{ kind: 'vm', text: `the guest has what it was given, ${asked} asked` }];
  return findings.map(({ address, symptom, reading }) => ({
    kind: 'vm',
    text: `${shortAddress(address)} ${symptom} in the guest: ${reading}`,
    isBad: true,
  }));
}

function rungWords({ rung, standing, revived, durationMs, message }: JournalEventOf<'rung-done'>): string {
  const why = message === undefined ? '' : ` (${message})`;
  if (standing !== undefined && standing !== 'taken') return `${rung}: ${standing.replace('-', ' ')}${why}`;
  const back = revived.length === 0 ? 'brought nothing back' : `brought back ${revived.map(shortAddress).join(', ')}`;
  return `${rung} ${back} in ${secondsWords(durationMs)}${why}`;
}
