import type { RunJudgement } from '../../../judge/run-judgement.ts';
import { planWords } from '../../plan-words.ts';
import { html, type Markup } from '../markup.ts';

/** What exactly was tried, as short as it can be told; the rest is in the section on the cell. */
export function cellLine({ identity, cell, start }: RunJudgement): Markup {
  const bios = cell?.bios ?? identity?.bios;
  const kernel = cell?.kernel ?? identity?.kernel;
  const commandLine = cell?.commandLine ?? identity?.commandLine;
  const override = commandLine === undefined ? undefined : askedOverride(commandLine);
  const parts = [
    ...(identity?.board == null ? [] : [identity.board]),
    `BIOS ${bios ?? 'not known'}`,
    `Linux ${kernel ?? 'not known'}`,
    ...(commandLine === undefined ? [] : [override === undefined ? 'no ACS override' : `ACS override ${override}`]),
    ...(start.plan.cell === undefined ? [] : [`cell ${start.plan.cell.name}`]),
  ];
  return html`<p class="of cell-line">
    <b>${parts.join(' · ')}</b
    >${commandLine === undefined || commandLine === '' ? undefined : html`<br /><code>${commandLine}</code>`}
  </p> `;
}

/** The cell: what exactly was tried. */
export function cellSection({ start, identity, cell, bootId }: RunJudgement): Markup {
  const commandLine = cell?.commandLine ?? identity?.commandLine;
  const override = commandLine === undefined ? undefined : overrideWords(commandLine, identity?.acsOverrideWarning);
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Board', [identity?.boardVendor, identity?.board].filter((part) => part != null).join(' ') || undefined],
    ['BIOS', biosWords(cell?.bios ?? identity?.bios, identity?.biosDate)],
    ['Kernel', cell?.kernel ?? identity?.kernel],
    ['Command line', commandLine],
    ['ACS override', override],
    ['VM', `${start.vm.id}, ${start.vm.manager}`],
    ['Plan', start.plan.cycles === 0 ? 'verify only, no cycle' : planWords(start.plan)],
    ['Last boot', bootId],
    ['comeback', start.comeback],
  ];
  return html`<section aria-labelledby="cell">
    <h2 id="cell">The cell</h2>
    <dl class="cell">
      ${rows.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value === undefined || value === '' ? html`<i>not known</i>` : value}</dd>
          </div> `,
      )}
    </dl>
  </section> `;
}

function biosWords(bios: string | null | undefined, date: string | null | undefined): string | undefined {
  if (bios == null) return undefined;
  return (date ?? '') === '' ? bios : `${bios} (${date})`;
}

/** The kernel says at boot that it overrides (drivers/pci/quirks.c of kernels with the patch); Proxmox kernels have it. */
function overrideWords(commandLine: string, warned: boolean | null | undefined): string {
  const asked = askedOverride(commandLine);
  const seen =
    warned == null
      ? ''
      : warned
        ? ', the kernel says that it is in force'
        : ', the kernel does not say that it is in force';
  return asked === undefined ? 'none asked for' : `${asked}${seen}`;
}

function askedOverride(commandLine: string): string | undefined {
  return /(?:^|\s)pcie_acs_override=(\S+)/.exec(commandLine)?.[1];
}
