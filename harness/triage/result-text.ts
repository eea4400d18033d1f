import { type PciAddress, shortAddress } from '../pci/address.ts';
import type { Cause } from './causes/cause.ts';
import { type Evidence, placeOf } from './evidence.ts';
import type { BootResult, FindingResult, GroupResult, MachineResult, TriageResult } from './result.ts';

type Place = (line: Pick<Evidence, 'source' | 'line'>) => string;

/** What a person reads. */
export function triageText(result: TriageResult): string {
  const place: Place = result.sources.length === 1 ? ({ line }) => `line ${line}` : placeOf;
  const sources = result.sources.map(
    ({ name, lines, understood }) =>
      `${name}: ${lines} ${lines === 1 ? 'line' : 'lines'}, ${understood} of them say something`,
  );
  const machines = result.machines.flatMap((machine) => ['', ...machineLines(machine, place)]);
  const nothing = ['', 'Nothing of a kernel log, of lspci, of IOMMU groups or of a VM manager was found.'];
  const rest =
    result.notListed > 0
      ? ['', `${result.notListed} more lines hold findings that are not listed: there are too many kinds.`]
      : [];
  return [...sources, ...(result.machines.length === 0 ? nothing : machines), ...rest, ''].join('\n');
}

function machineLines(machine: MachineResult, place: Place): string[] {
  return [
    machine.board ?? 'Board unknown',
    ...bootLines(machine.boots),
    ...section('IOMMU groups', groupLines(machine)),
    ...section('How functions can be reset', resetLines(machine)),
    ...section(
      'Faults, in time order',
      machine.faults.flatMap((one) => findingLines(one, place)),
    ),
    ...section(
      'Expected noise, no fault',
      machine.expectedNoise.flatMap((one) => noiseLines(one, place)),
    ),
    ...section('Harmless', harmlessLines(machine.harmless)),
    ...section('Likely causes', causeLines(machine, place)),
    ...section('To say more, send', machine.send),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function bootLines(boots: readonly BootResult[]): string[] {
  if (boots.length === 0)
    return ['  kernel, BIOS and command line unknown', '  ACS override unknown: no kernel log and no command line'];
  const blocks = boots.map((boot) =>
    [
      `  kernel ${boot.kernel ?? 'unknown'}, BIOS ${boot.bios === null ? 'unknown' : `${boot.bios} of ${boot.biosDate ?? ''}`}`,
      ...(boot.commandLine === null ? [] : [`  command line: ${boot.commandLine}`]),
      `  ACS override ${boot.override.state}: ${boot.override.why}`,
    ].join('\n'),
  );
  const counts = new Map<string, number>();
  for (const block of blocks) counts.set(block, (counts.get(block) ?? 0) + 1);
  return [...counts].map(([block, count]) => (count === 1 ? block : `${block}\n  (${count} boots)`));
}

/** Groups that a VM has a part of or that hold several functions; all others tell nothing. */
function groupLines({ groups, functions }: MachineResult): string[] {
  const telling = groups.filter(
    ({ members }) =>
      members.some(({ owner }) => owner === 'vm') || members.filter(({ owner }) => owner !== 'bridge').length > 1,
  );
  const lines = telling.map((group) => groupLine(group, functions));
  const others = groups.length - telling.length;
  if (others > 0)
    lines.push(`${others} more ${others === 1 ? 'group holds' : 'groups hold'} one function or bridges only`);
  return lines;
}

function groupLine({ group, members, shared }: GroupResult, functions: MachineResult['functions']): string {
  const words = members.map(({ address, owner }) => {
    const one = functions.find((candidate) => candidate.address === address);
    const parts = [
      one?.id === undefined || one.id === null ? '' : `[${one.id}]`,
      one?.driver ?? '',
      owner === 'vm' ? 'VM' : owner === 'bridge' ? 'bridge' : '',
    ];
    return [shortAddress(address), ...parts.filter((part) => part !== '')].join(' ');
  });
  return `${String(group).padStart(3)}  ${shared ? 'SHARED  ' : ''}${words.join(', ')}`;
}

function resetLines({ resets, functions }: MachineResult): string[] {
  return resets.map(({ address, words }) => {
    const one = functions.find((candidate) => candidate.address === address);
    const id = one?.id === undefined || one.id === null ? '' : ` [${one.id}]`;
    return `${shortAddress(address)}${id}  ${words}`;
  });
}

function findingLines(finding: FindingResult, place: Place): string[] {
  const { first, count, suspect, meaning, action } = finding;
  return [
    `${timeOf(first)}${finding.class}${suspect ? ' (suspect)' : ''}  ${subjectOf(finding)}${count > 1 ? `× ${count}  ` : ''}${first.text}`,
    `    ${meaning}${action === null ? '' : ` ${action}`}`,
    `    ${placesOf(finding, place)}`,
  ];
}

function noiseLines(finding: FindingResult, place: Place): string[] {
  return [
    `${subjectOf(finding)}× ${finding.count}  ${finding.first.text}`,
    `    Expected: ${finding.expected ?? ''}. Only a comparison with a good start of the same host can make a fault of it. (${placesOf(finding, place)})`,
  ];
}

function harmlessLines(findings: readonly FindingResult[]): string[] {
  const counts = new Map<string, { count: number; about: Set<string> }>();
  for (const { meaning, count, device } of findings) {
    const known = counts.get(meaning) ?? { count: 0, about: new Set<string>() };
    known.count += count;
    if (device !== null) known.about.add(shortAddress(device));
    counts.set(meaning, known);
  }
  return [...counts].map(([meaning, { count, about }]) => {
    const names = [...about].slice(0, 8).join(', ');
    return `${String(count).padStart(5)} × ${meaning}${names === '' ? '' : ` (${names})`}`;
  });
}

function causeLines({ causes, faults }: MachineResult, place: Place): string[] {
  if (causes.length === 0) {
    return [
      faults.length === 0
        ? 'No fault is in these lines.'
        : 'None of the causes that are known here fits; each fault above says what to do about it.',
    ];
  }
  return causes.flatMap((cause, index) => [
    `${index + 1}. ${cause.sure}: ${namesOf(cause.functions)}${cause.what}`,
    ...cause.why.map((why) => `     because ${why}`),
    ...(cause.evidence.length === 0 ? [] : [`     lines   ${linesOf(cause, place)}`]),
    ...cause.next.map((step, number) => `     ${number === 0 ? 'next   ' : '       '} ${number + 1}) ${step}`),
  ]);
}

function linesOf({ evidence }: Cause, place: Place): string {
  const places = [...new Set(evidence.map(place))];
  return places.slice(0, 8).join(', ') + (places.length > 8 ? ` and ${places.length - 8} more` : '');
}

function namesOf(functions: readonly PciAddress[]): string {
  return functions.length === 0 ? '' : `${functions.map(shortAddress).join(', ')}: `;
}

function subjectOf({ device, about }: FindingResult): string {
  const subject = device === null ? about : shortAddress(device);
  return subject === null ? '' : `${subject}  `;
}

function placesOf({ first, last, count }: FindingResult, place: Place): string {
  const until = last.time === undefined ? '' : `, last ${timeOf(last).trim()}`;
  return count === 1 ? place(first) : `${place(first)} to ${place(last)}${until}`;
}

function timeOf({ time }: Pick<Evidence, 'time'>): string {
  if (time === undefined) return '';
  return time.kind === 'uptime' ? `[${time.text}] ` : `${time.text} `;
}
