import type { Past } from './resume-point.ts';
import type { SoakPlan, SoakWorld } from './plan.ts';

/**
 * Takes a run up where its controller left it: says what was under way, and closes in the journal what its controller cannot close any more.
 * A cycle after which every function was looked at is whole; of any other nobody knows the end. A step of the ladder that was under
 * way is not repeated: it may be what took the controller, or the host, down.
 */
export async function takeUp({ comebackVersion }: SoakPlan, { journal }: SoakWorld, past: Past): Promise<void> {
  const { open, rung } = past.point;
  const openStep = open?.step ?? rung?.rung;
  await journal.append(
    {
      t: 'run-resumed',
      comeback: comebackVersion,
      ...(past.tornBytes === 0 ? {} : { tornBytes: past.tornBytes }),
      ...(open === undefined ? {} : { openCycle: open.cycle }),
      ...(openStep === undefined ? {} : { openStep }),
    },
    { sync: true },
  );
  if (open !== undefined) {
    await journal.append({ t: 'cycle-finished', cycle: open.cycle, complete: open.isSeen }, { sync: true });
  }
  if (rung !== undefined) {
    const message = 'comeback or its machine died in it';
    await journal.append(
      { t: 'rung-done', rung: rung.rung, cycle: rung.cycle, revived: [], durationMs: 0, standing: 'failed', message },
      { sync: true },
    );
  }
}
