import { stringify } from 'yaml';
import type { RungName } from '../journal/events.ts';
import { type SeededRandom, seededRandom } from '../twin/random.ts';

/** When a controller dies, or its disk is full, by the lines that it has written to the journal. */
export interface Death {
  /** Counted from 1 in each session. */
  readonly atLine: number;
  /**
   * `before`: the line is not in the file; `torn`: a part of it is; `written`: all of it, but nothing was synced since; `synced`: at the next sync.
   * `full`: a part of it is in the file and the disk takes no more; the controller lives.
   */
  readonly moment: 'before' | 'torn' | 'written' | 'synced' | 'full';
  /** How much of the line is in the file then, from 0 to 1. */
  readonly share: number;
}

/** All that a trial does, made from its seed alone. */
export interface TrialPlan {
  readonly seed: number;
  readonly cycles: number;
  readonly rungs: readonly RungName[];
  /** The fault script of the twin, as YAML; undefined where nothing befalls it. */
  readonly script: string | undefined;
  /** One for each session but the last. */
  readonly deaths: readonly Death[];
  /** How much of what was not synced a power cut leaves, from 0 to 1, for each death. */
  readonly keeps: readonly number[];
  /** Small, so that the journal has many segments. */
  readonly segmentBytes: number;
}

const functions = ['2b:00.0', '2b:00.1', '2c:00.3', '2d:00.3', '03:00.0'] as const;
const moments = ['vm-start', 'vm-stop'] as const;

export function trialPlan(seed: number): TrialPlan {
  const random = new Choice(seededRandom(seed));
  const cycles = random.between(3, 6);
  const faults = Array.from({ length: random.between(0, 3) }, () => fault(random, cycles));
  const wire = Array.from({ length: random.between(0, 2) }, () => wireFault(random, cycles));
  const rules = [...faults, ...wire];
  const deaths = Array.from({ length: random.between(0, 3) }, () => death(random));
  return {
    seed,
    cycles,
    rungs: random.of<readonly RungName[]>([[], [], ['restore-bridge'], ['wait', 'restore-bridge']]),
    script:
      rules.length === 0
        ? undefined
        : stringify({ seed, ...(faults.length === 0 ? {} : { faults }), ...(wire.length === 0 ? {} : { wire }) }),
    deaths,
    keeps: deaths.map(() => random.of([0, 1, random.between(0, 1000) / 1000])),
    segmentBytes: random.of([3000, 8000, 1_000_000]),
  };
}

type Rule = Readonly<Record<string, unknown>>;

function fault(random: Choice, cycles: number): Rule {
  const share = { after: random.between(0, cycles - 1), times: 1, probability: random.of([1, 1, 0.5]) };
  const where = random.of(functions);
  return random.of<() => Rule>([
    () => ({ what: 'bridge-config-lost', when: random.of(['bus-reset', 'vm-stop']), where: '2b:00.0', ...share }),
    () => ({ what: 'slot-power-off', when: 'vm-stop', where: '2b:00.0', ...share }),
    () => ({ what: 'link-down', when: 'vm-stop', where, ...share }),
    () => ({ what: 'iommu-fault', when: random.of(moments), where, ...share }),
    () => ({ what: 'aer-uncorrectable', when: random.of(moments), where, ...share }),
    () => ({ what: 'function-removed', when: 'vm-stop', where, ...share }),
    () => ({ what: 'spontaneous-reboot', when: random.of(moments), ...share, only: { boots: [1] } }),
    () => ({ what: 'sshd-dies', when: random.of(moments), ...share }),
  ])();
}

function wireFault(random: Choice, cycles: number): Rule {
  const share = { after: random.between(0, cycles - 1), times: 1 };
  const when = random.of(['qm-start', 'qm-stop', 'edge']);
  return random.of<() => Rule>([
    () => ({ what: 'ssh-reset', when, ...share }),
    () => ({ what: 'cut-line', when, ...share }),
    () => ({ what: 'cut-character', when, ...share }),
    () => ({ what: 'kmsg-flood', when, megabytes: 1, garbled: random.of([true, false]), ...share }),
  ])();
}

function death(random: Choice): Death {
  const moment = random.of<Death['moment']>(['before', 'torn', 'written', 'synced', 'full']);
  // A run has some ten lines before its first cycle, and a dozen in each.
  return { atLine: random.between(1, 60), moment, share: random.between(0, 1000) / 1000 };
}

class Choice {
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  between(first: number, last: number): number {
    return first + (this.#random.uint32() % (last - first + 1));
  }

  of<T>(list: readonly T[]): T {
    const chosen = list[this.between(0, list.length - 1)];
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  }
}
