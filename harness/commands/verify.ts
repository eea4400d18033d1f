import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { systemClock } from '../clock.ts';
import { requireOpen } from '../cycle/gates.ts';
import { type HostSurvey, surveyHost } from '../cycle/preflight.ts';
import { verifyCell } from '../cycle/verify-cell.ts';
import { describeMember } from '../host/groups.ts';
import { LabHost } from '../host/lab-host.ts';
import { ComebackError } from '../errors.ts';
import { hostByName, loadInventory } from '../inventory/load.ts';
import { NotARunError } from '../judge/errors.ts';
import type { IommuGroup } from '../journal/events.ts';
import { shortAddress } from '../pci/address.ts';
import type { JunitProfile } from '../report/junit-profile.ts';
import { writeReports } from '../report/write-reports.ts';
import { askedCell } from './asked-cell.ts';
import { commandLineOf } from './command-line-of.ts';
import { writeJobSummary } from './job-summary.ts';
import { labTarget } from './lab-target.ts';
import {
  biosOption,
  cellOption,
  cmdlineOption,
  flashIsOverOption,
  hostOption,
  inventoryOption,
  jsonOption,
  junitProfileOption,
  kernelOption,
  lastingPinOption,
  reportsOption,
  summaryOption,
  takeOverOption,
} from './options.ts';
import { progressLines } from './progress.ts';
import { recordRun, runDirectory } from './record-run.ts';
import { runName, soakPlan } from './soak-plan.ts';
import { stopOnSignals } from './stop-on-signals.ts';

/** `comeback verify`: is this the right host, and are its groups split? Without a cell it changes nothing. */
export function verifyCommand(): CommandUnknownOpts {
  return new Command('verify')
    .description(
      'prove that the host is the right one and that its IOMMU groups are split; boots a cell first if asked, starts no VM',
    )
    .addOption(hostOption)
    .addOption(inventoryOption)
    .addOption(reportsOption)
    .addOption(cellOption)
    .addOption(kernelOption)
    .addOption(cmdlineOption)
    .addOption(biosOption)
    .addOption(lastingPinOption)
    .addOption(flashIsOverOption)
    .addOption(takeOverOption)
    .addOption(junitProfileOption)
    .addOption(summaryOption)
    .addOption(jsonOption)
    .addHelpText(
      'after',
      '\nExamples:\n  comeback verify --host elysium\n' +
        "  comeback verify --kernel 6.1.0-56-amd64 --cmdline '-pcie_acs_override'",
    )
    .action(async (options) => {
      const host = hostByName(await loadInventory(options.inventory), options.host);
      const target = await labTarget(host);
      const cell = askedCell(host, options);
      // A run without cycles has nothing to go on with: the same command again verifies what a person has flashed.
      const {
        cell: cellName,
        kernel,
        cmdline,
        bios,
        inventory,
        reports,
        acceptLastingPin,
        json,
        junitProfile,
        summary,
      } = options;
      const resumeCommand = commandLineOf(['verify', '--host', host.name], {
        ...{ cell: cellName, kernel, cmdline, bios, inventory, reports, acceptLastingPin, json, junitProfile, summary },
      });
      const tell = (survey: HostSurvey): void => print(host.name, survey, options.json);
      if (cell === undefined) {
        if (summary !== undefined) throw new NothingRecordedError();
        await using lab = await LabHost.connect(target, { timeoutMs: host.timeouts.connectMs });
        const survey = await surveyHost(soakPlan(host, 'verify', { cycles: 0, resumeCommand }), lab);
        tell(survey);
        requireOpen(host.name, survey.gates);
      } else {
        const run = runName(host.name, systemClock.nowMs());
        const { event: onEvent } = progressLines((line) => process.stderr.write(`${line}\n`));
        using signals = stopOnSignals((words) => process.stderr.write(`${words}\n`));
        const { flashIsOver, takeOver } = options;
        const plan = soakPlan(host, run, { cycles: 0, cell, resumeCommand, acceptLastingPin, flashIsOver, takeOver });
        const request = { host, target, reports: options.reports, run, stop: signals.stop, onEvent };
        try {
          await recordRun(request, (world) => verifyCell(plan, world, tell));
        } finally {
          await writeRecorded(runDirectory(options.reports, run), junitProfile, summary);
        }
      }
      if (!options.json) process.stdout.write('Split: every group holds only what the VM owns.\n');
    });
}

/** Its reports are those of a run, and without a cell it records none. */
class NothingRecordedError extends ComebackError {
  override readonly code = 'VERIFY_NOTHING_RECORDED';
  override readonly kind = 'usage';

  constructor() {
    super(
      'Without a cell, verify records no run, so there is nothing to summarize. Leave out --summary, or name a cell.',
    );
  }
}

/** What kept the run from beginning says more than that it left no reports. */
async function writeRecorded(directory: string, profile: JunitProfile, summary: string | undefined): Promise<void> {
  try {
    const { judgement, files } = await writeReports(directory, profile);
    await writeJobSummary([judgement], summary);
    process.stderr.write(`Reports: ${files.junit}\n`);
  } catch (error) {
    if (!(error instanceof NotARunError)) throw error;
  }
}

function print(host: string, survey: HostSurvey, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ host, ...survey })}\n`);
    return;
  }
  const { identity } = survey;
  process.stdout.write(
    `${host}: ${identity.board ?? 'unknown board'}, BIOS ${identity.bios ?? 'unknown'}, Linux ${identity.kernel}\n` +
      `command line: ${identity.commandLine}\n\n${survey.groups.map(groupText).join('\n')}\n\n`,
  );
}

function groupText({ group, members }: IommuGroup): string {
  const lines = members.map((member) => {
    if (member.owner === 'host') return `  HOST  ${describeMember(member)}`;
    const driver = member.driver === null ? 'no driver' : `driver ${member.driver}`;
    const owner = member.owner === 'vm' ? 'VM  ' : 'port';
    return `  ${owner}  ${shortAddress(member.address)} [${member.id}], ${driver}`;
  });
  return [`IOMMU group ${group}`, ...lines].join('\n');
}
