import type { JournalEvent } from '../journal/events.ts';
import { RunJudge } from '../judge/run-judge.ts';
import { shortAddress } from '../pci/address.ts';

/** Turns the events of a run into lines for the person who watches it, each as soon as there is something to say. */
export function progressLines(print: (line: string) => void): (event: JournalEvent) => void {
  const judge = new RunJudge();
  let cycles = 0;
  let startedAtMs = 0;
  return (event) => {
    const judgement = judge.push(event);
    if (event.t === 'run-started') {
      cycles = event.plan.cycles;
      startedAtMs = event.at;
    }
    const seconds = `${((event.at - startedAtMs) / 1000).toFixed(1).padStart(6)} s`;
    const say = (words: string): void => print(`${seconds}  ${words}`);
    const words = describe(event, cycles);
    if (words !== undefined) say(words);
    if (judgement === undefined) return;
    say(`cycle ${judgement.cycle}/${cycles}: ${judgement.outcome} (${judgement.because})`);
    for (const { address, role, verdict, because } of judgement.functions) {
      if (verdict !== 'survived') say(`    ${shortAddress(address)} ${role} ${verdict}: ${because}`);
    }
  };
}

/** @returns undefined for events that would only be noise on a screen. */
function describe(event: JournalEvent, cycles: number): string | undefined {
  switch (event.t) {
    case 'run-started':
      return `run ${event.run}: ${cycles} cycles on ${event.host}, VM ${event.vm.id}, ${event.functions.length} functions`;
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
      return `cycle ${event.cycle}/${cycles}: ${event.act === 'vm-start' ? 'starting' : 'stopping'} the VM`;
    case 'act-done':
      return event.ok
        ? undefined
        : `cycle ${event.cycle}/${cycles}: ${event.act} failed (exit ${event.exitCode ?? 'unknown'})`;
    case 'lab-lost':
      return `LAB LOST: ${event.message}`;
    case 'lab-back':
      return 'the lab host answers again';
    default:
      return undefined;
  }
}
