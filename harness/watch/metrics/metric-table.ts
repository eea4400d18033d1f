import { stopStepNames } from '../../journal/events.ts';
import type { LogLineClass } from '../../pci/kernel-catalogue/log-line.ts';
import type { LiveFunction } from '../live-state.ts';
import { type LiveView, standings } from '../live-view.ts';
import { phaseNames } from '../phase.ts';

type Labels = Readonly<Record<string, string>>;

/** One sample; a metric without any is left out. */
export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

/** A metric as Prometheus wants it named: base units, `_total` for what only grows. Every sample also has the label `host`. */
export interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly labels: readonly string[];
  readonly samples: (view: LiveView) => readonly Sample[];
}

const functionLabels = ['function', 'role'] as const;
const faultClasses = [
  'reset-failed',
  'device-gone',
  'bus-reset',
  'iommu-fault',
  'not-viable-group',
  'host-wedged',
  'config',
] as const satisfies readonly Exclude<LogLineClass, 'benign'>[];
const forcedSteps = stopStepNames.filter((step) => step !== 'stop');
const oneOf = <T extends string>(label: string, all: readonly T[], is: T): Sample[] =>
  all.map((name) => ({ labels: { [label]: name }, value: name === is ? 1 : 0 }));
const each = <T extends string>(
  label: string,
  counts: Readonly<Partial<Record<T, number>>>,
  all: readonly T[],
): Sample[] => all.map((name) => ({ labels: { [label]: name }, value: counts[name] ?? 0 }));
const known = (value: number | null | undefined): Sample[] => (value == null ? [] : [{ value }]);
const perFunction =
  (of: (one: LiveFunction) => readonly Sample[]) =>
  ({ functions }: LiveView): Sample[] =>
    functions.flatMap((one) =>
      of(one).map(({ labels, value }) => ({ labels: { function: one.address, role: one.role, ...labels }, value })),
    );

/**
 * What is told of a run. The names of the run, the BIOS and the kernel stand on `comeback_run_info` alone: a night's new run then goes
 * on with the same series instead of making new ones.
 */
export const metricTable: readonly Metric[] = [
  {
    name: 'comeback_run_info',
    type: 'gauge',
    help: 'What runs: always 1, with names of the run and its cell as labels.',
    labels: ['run', 'vm', 'board', 'bios', 'kernel', 'version'],
    samples: ({ run, vm, cell, comeback }) => [
      {
        labels: {
          run,
          vm,
          board: cell?.board ?? '',
          bios: cell?.bios ?? '',
          kernel: cell?.kernel ?? '',
          version: comeback,
        },
        value: 1,
      },
    ],
  },
  {
    name: 'comeback_run_state',
    type: 'gauge',
    help: 'How the run stands: 1 for the state it is in, 0 for the others.',
    labels: ['state'],
    samples: ({ standing }) => oneOf('state', standings, standing),
  },
  {
    name: 'comeback_run_phase',
    type: 'gauge',
    help: 'What the run does right now: 1 for the phase it is in, 0 for the others.',
    labels: ['phase'],
    samples: ({ phase }) => oneOf('phase', phaseNames, phase.name),
  },
  {
    name: 'comeback_run_start_timestamp_seconds',
    type: 'gauge',
    help: 'When the run began, since the epoch.',
    labels: [],
    samples: ({ startedAtMs }) => [{ value: startedAtMs / 1000 }],
  },
  {
    name: 'comeback_run_last_event_timestamp_seconds',
    type: 'gauge',
    help: 'When the last event was written to the journal, since the epoch.',
    labels: [],
    samples: ({ lastAtMs }) => [{ value: lastAtMs / 1000 }],
  },
  {
    name: 'comeback_run_planned_cycles',
    type: 'gauge',
    help: 'Cycles that end the run; absent where their number has no limit.',
    labels: [],
    samples: ({ plan }) => known(plan.cycles),
  },
  {
    name: 'comeback_run_current_cycle',
    type: 'gauge',
    help: 'The last cycle that began; 0 before the first.',
    labels: [],
    samples: ({ cycle }) => [{ value: cycle }],
  },
  {
    name: 'comeback_run_time_left_seconds',
    type: 'gauge',
    help: 'How long the run will last if its cycles go on as the last ones did; absent where nothing limits it.',
    labels: [],
    samples: ({ timeLeft }) => known(timeLeft === null ? null : timeLeft.ms / 1000),
  },
  {
    name: 'comeback_cycles_total',
    type: 'counter',
    help: 'Cycles that are over, by outcome.',
    labels: ['outcome'],
    samples: ({ outcomes }) => each('outcome', outcomes, ['pass', 'fail', 'infra', 'aborted']),
  },
  {
    name: 'comeback_cycle_duration_seconds_total',
    type: 'counter',
    help: 'How long the cycles that are over took together.',
    labels: [],
    samples: ({ pace }) => [{ value: pace.totalMs / 1000 }],
  },
  {
    name: 'comeback_last_cycle_duration_seconds',
    type: 'gauge',
    help: 'How long the last cycle took; absent before its end.',
    labels: [],
    samples: ({ pace }) => known(pace.lastCycleMs === null ? null : pace.lastCycleMs / 1000),
  },
  {
    name: 'comeback_host_reboots_total',
    type: 'counter',
    help: 'Reboots of the host, whoever caused them.',
    labels: [],
    samples: ({ hostReboots }) => [{ value: hostReboots }],
  },
  {
    name: 'comeback_forced_stops_total',
    type: 'counter',
    help: "VMs that had to be ended by more than their manager's stop, by the step that ended them.",
    labels: ['step'],
    samples: ({ forcedStops }) => each('step', forcedStops, forcedSteps),
  },
  {
    name: 'comeback_kernel_lines_total',
    type: 'counter',
    help: 'Lines of the kernel log and the console that tell of a fault, by class of the catalogue.',
    labels: ['class'],
    samples: ({ kernelCounts }) => each('class', kernelCounts, faultClasses),
  },
  {
    name: 'comeback_function_verdicts_total',
    type: 'counter',
    help: 'Cycles that are over, by what became of the function in them.',
    labels: [...functionLabels, 'verdict'],
    samples: perFunction(({ counts }) => each('verdict', counts, ['survived', 'degraded', 'lost', 'unobserved'])),
  },
  {
    name: 'comeback_function_usable',
    type: 'gauge',
    help: 'Whether the function was usable after the last cycle in which somebody saw it; absent where nobody did.',
    labels: functionLabels,
    samples: perFunction(({ recent }) => known(usable(recent))),
  },
  {
    name: 'comeback_function_exercised_cycles_total',
    type: 'counter',
    help: 'Cycles in which the VM really held the function.',
    labels: functionLabels,
    samples: perFunction(({ exercised }) => [{ value: exercised }]),
  },
  {
    name: 'comeback_function_trials_total',
    type: 'counter',
    help: 'Cycles that count as a trial of the function.',
    labels: functionLabels,
    samples: perFunction(({ trials }) => [{ value: trials }]),
  },
  {
    name: 'comeback_function_failures_total',
    type: 'counter',
    help: 'Trials after which the function was not as before: lost or degraded.',
    labels: functionLabels,
    samples: perFunction(({ failures }) => [{ value: failures }]),
  },
  {
    name: 'comeback_function_failure_rate_lower_ratio',
    type: 'gauge',
    help: 'The function fails to come back as it was in at least this part of its trials; valid whenever one looks. Absent without a trial.',
    labels: [...functionLabels, 'confidence'],
    samples: perFunction(({ rate }) =>
      rate === null ? [] : [{ labels: { confidence: String(rate.confidence) }, value: rate.lower }],
    ),
  },
  {
    name: 'comeback_function_failure_rate_upper_ratio',
    type: 'gauge',
    help: 'The function fails to come back as it was in at most this part of its trials; valid whenever one looks. Absent without a trial.',
    labels: [...functionLabels, 'confidence'],
    samples: perFunction(({ rate }) =>
      rate === null ? [] : [{ labels: { confidence: String(rate.confidence) }, value: rate.upper }],
    ),
  },
  {
    name: 'comeback_function_recoveries_total',
    type: 'counter',
    help: 'How often a rung of the recovery ladder brought the function back.',
    labels: [...functionLabels, 'rung'],
    samples: perFunction(({ recoveries }) =>
      Object.entries(recoveries).map(([rung, value]) => ({ labels: { rung }, value })),
    ),
  },
];

function usable(recent: string): number | undefined {
  const seen = recent.replaceAll('?', '').at(-1);
  return seen === undefined ? undefined : Number(seen !== 'L');
}
