import { cellHost } from './cell-boot.ts';
import { passGates } from './gates.ts';
import { firstHost } from './host-return.ts';
import type { SoakPlan, SoakWorld } from './plan.ts';
import { type HostSurvey, surveyHost } from './preflight.ts';
import { framedRun } from './run-frame.ts';

/**
 * Boots the cell of a plan, proves that it runs, and surveys the host: a run without a VM.
 *
 * @param tell is called with the survey before a closed gate ends the run.
 * @throws GateRefusedError, and what keeps the cell from being booted; the journal says it first.
 */
export async function verifyCell(plan: SoakPlan, world: SoakWorld, tell: (survey: HostSurvey) => void): Promise<void> {
  await framedRun(plan, world, async () => {
    await using host = await cellHost(plan, world, await firstHost(plan, world), undefined);
    const survey = await surveyHost(plan, host);
    await world.journal.append({ t: 'host-identified', identity: survey.identity });
    await world.journal.append({ t: 'groups-read', groups: [...survey.groups] });
    tell(survey);
    await passGates(plan, world, survey.gates);
    return undefined;
  });
}
