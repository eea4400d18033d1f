import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JournalEventBody } from '../journal/events.ts';
import { deadConfig, type SyntheticCycle, SyntheticJournal } from '../judge/synthetic-journal.ts';
import { audio, fiveFunctions, judged, usb } from '../test/judged-journal.ts';
import { xmllint } from '../test/xmllint.ts';
import { junitOf } from './junit.ts';

const schema = new URL('junit.xsd', import.meta.url);
const begun = (): SyntheticJournal => new SyntheticJournal(fiveFunctions).begin();
const junit = (journal: SyntheticJournal): string => junitOf(judged(journal.events));
const changed = (change: object): SyntheticCycle => ({ health: { after: [{ address: usb, change }] } });
const dead = changed({ config: deadConfig });
const identified: JournalEventBody = {
  t: 'host-identified',
  identity: {
    hostname: 'elysium',
    bootId: 'boot-1',
    kernel: '6.8.12-4-pve',
    commandLine: 'quiet "a" <b> & pcie_acs_override=downstream',
    boardVendor: 'ASUSTeK COMPUTER INC.',
    board: 'ROG CROSSHAIR VII HERO',
    biosVendor: 'American Megatrends Inc.',
    bios: '2304',
    biosDate: null,
    acsOverrideWarning: true,
  },
};
const closedGate: JournalEventBody = {
  t: 'gate',
  gate: 'split',
  passed: false,
  findings: ['03:00.0 shares IOMMU group 12 with 03:00.1 (SATA, driver ahci)', 'no pcie_acs_override'],
};

/** The start tag of a case and everything in it. */
function caseIn(xml: string, name: string): string {
  const start = xml.search(new RegExp(`<testcase [^>]* name="${name.replace('.', String.raw`\.`)}"`));
  expect(start, `a case "${name}" in ${xml}`).toBeGreaterThan(0);
  const selfClosed = /^[^>]*\/>/.exec(xml.slice(start));
  return selfClosed?.[0] ?? xml.slice(start, xml.indexOf('</testcase>', start));
}
const caseNames = (xml: string): string[] =>
  [...xml.matchAll(/<testcase [^>]* name="([^"]+)"/g)].map(([, name]) => name ?? '');
const countsOf = (xml: string): unknown => {
  const [, tests, failures, errors, skipped] =
    /<testsuites [^>]*tests="(\d+)" failures="(\d+)" errors="(\d+)" skipped="(\d+)"/.exec(xml) ?? [];
  return [tests, failures, errors, skipped].map(Number);
};
/** The cases that stand in every file. */
const everyNight = ['preflight', ...fiveFunctions.map(({ address, role }) => `${address} ${role}`), 'run'];

const stories: Readonly<Record<string, () => SyntheticJournal>> = {
  'a clean run': () => begun().cycle().cycle().finish(),
  'a run with losses': () =>
    begun()
      .append(identified)
      .cycle()
      .cycle(dead)
      .cycle(changed({ linkWidth: 4 }))
      .finish(),
  'a refused run': () => new SyntheticJournal(fiveFunctions).begin().append(closedGate).finish('refused'),
  'a run refused in its first breath': () =>
    new SyntheticJournal(fiveFunctions, 'boot', 0)
      .begin()
      .append({ t: 'run-finished', reason: 'refused', code: 'VM_MISSING', message: 'no VM 101' }),
  'an interrupted run': () => begun().cycle().finish('interrupted'),
  'a run that the lab ended before a cycle': () =>
    begun().append({ t: 'run-finished', reason: 'infra', code: 'SSH_HOST_UNREACHABLE', message: 'unreachable' }),
  'a run whose controller died': () => begun().cycle().append({ t: 'cycle-started', cycle: 2 }),
  'a run with a reboot': () =>
    begun()
      .cycle({ reboot: { from: 'running', bootId: 'boot-2' } })
      .cycle()
      .finish(),
  'a run of which no cycle could be seen': () =>
    begun()
      .cycle({ start: { ok: false, output: 'got timeout' } })
      .finish(),
};

describe('JUnit of a run', () => {
  it.each(Object.entries(stories))('of %s is valid, and the same twice', async (_what, story) => {
    const xml = junit(story());
    expect(await xmllint(xml, schema)).toBe('');
    expect(junit(story())).toBe(xml);
  });

  it('has a case for every function, with its totals, and all passed after a clean run', () => {
    const xml = junit(begun().cycle().cycle().finish());
    expect(caseNames(xml)).toEqual(everyNight);
    expect(countsOf(xml)).toEqual([7, 0, 0, 1]);
    const properties = caseIn(xml, `${usb} usb`);
    for (const [name, value] of Object.entries({
      survived: 2,
      degraded: 0,
      lost: 0,
      unobserved: 0,
      exercised: 2,
      cycles: 2,
      trials: 2,
      claim: 'USB 2c:00.3 survived 2 of 2: failure rate below 77.7 % at 95 % confidence',
      firstLost: 'never',
    })) {
      expect(properties).toContain(`<property name="${name}" value="${value}"/>`);
    }
  });

  it('names the run in the properties of its suite', () => {
    const xml = junit(begun().append(identified).cycle().finish());
    for (const [name, value] of Object.entries({
      run: 'synthetic',
      host: 'nowhere',
      outcome: 'pass',
      board: 'ROG CROSSHAIR VII HERO',
      bios: '1',
      kernel: '1',
      commandLine: '',
      bootId: 'boot-1',
      hostReboots: '0',
      comeback: '0.0.0',
    })) {
      expect(xml).toContain(`<property name="${name}" value="${value}"/>`);
    }
  });

  it('takes what the host said of itself for a run that was refused before its cell began', () => {
    const journal = new SyntheticJournal(fiveFunctions).begin();
    journal.events.splice(1);
    const xml = junit(journal.append(identified, closedGate).finish('refused'));
    expect(xml).toContain('classname="comeback.nowhere.bios_2304.linux_6_8_12-4-pve.cmdline_');
    expect(xml).toContain('&lt;b&gt; &amp; pcie_acs_override=downstream"');
  });

  it('calls a lost function a failure, with the cycle, the departures and the evidence', () => {
    const xml = junit(begun().cycle().cycle(dead).cycle(dead).finish());
    expect(caseNames(xml)).toEqual([...everyNight, 'cycle 2', 'cycle 3']);
    expect(countsOf(xml)).toEqual([9, 3, 0, 1]);
    const bad = caseIn(xml, `${usb} usb`);
    expect(bad).toMatch(/<failure message="lost in cycle 2: config-dead: [^"]*ffff:ffff[^"]*" type="lost">/);
    expect(bad).toMatch(/cycle 2\n.*\n {2}config-dead: .*\n {2}evidence: journal events [\d, ]+\ncycle 3\n/);
    expect(bad).toContain('<property name="firstLost" value="cycle 2"/>');
    expect(caseIn(xml, 'cycle 2')).toMatch(/<failure message="0000:2c:00\.3 lost, config-dead/);
    expect(caseIn(xml, 'cycle 2')).toMatch(/time="11"/);
    expect(caseIn(xml, `${audio} audio`)).not.toContain('<failure');
  });

  it('calls a degraded function a failure of its own kind', () => {
    const xml = junit(
      begun()
        .cycle(changed({ linkWidth: 4 }))
        .finish(),
    );
    expect(caseIn(xml, `${usb} usb`)).toMatch(
      /<failure message="degraded in cycle 1: link-degraded: [^"]*" type="degraded">/,
    );
  });

  it('spells out ten bad cycles of a function, and counts the rest', () => {
    const journal = begun();
    for (let cycle = 1; cycle <= 13; cycle += 1) journal.cycle(dead);
    const bad = caseIn(junit(journal.finish()), `${usb} usb`);
    expect(bad.match(/^cycle \d+$|CDATA\[cycle \d+$/gm)).toHaveLength(10);
    expect(bad).toContain('and 3 cycles more');
  });

  it('calls what the lab got wrong an error, never a failure', () => {
    const xml = junit(
      begun()
        .cycle()
        .cycle({ start: { ok: false, output: 'start failed: got timeout' } })
        .finish(),
    );
    expect(countsOf(xml)).toEqual([8, 0, 1, 1]);
    expect(caseIn(xml, 'cycle 2')).toMatch(/<error message="[^"]*got timeout" type="infra">/);
  });

  it('calls a function that nobody ever saw survive an error', () => {
    const xml = junit(
      begun()
        .cycle({ start: { ok: false, output: 'got timeout' } })
        .finish(),
    );
    expect(countsOf(xml)).toEqual([8, 0, 6, 1]);
    expect(caseIn(xml, `${usb} usb`)).toMatch(/<error message="unobserved in cycle 1: [^"]*" type="unobserved">/);
  });

  it('names the findings of a closed gate, and claims nothing of functions that were not tried', () => {
    const xml = junit(begun().append(closedGate).finish('refused'));
    expect(caseNames(xml)).toEqual(everyNight);
    expect(countsOf(xml)).toEqual([7, 0, 1, 6]);
    expect(xml).toMatch(/<error message="closed: split" type="refused">/);
    expect(xml).toContain('split: 03:00.0 shares IOMMU group 12 with 03:00.1 (SATA, driver ahci)\nsplit: no pcie');
  });

  it.each<[string, () => SyntheticJournal, number[]]>([
    ['was interrupted', () => begun().cycle().finish('interrupted'), [7, 0, 1, 1]],
    ['never ended', () => begun().cycle(), [7, 0, 1, 1]],
    ['did nothing', () => begun().finish(), [7, 0, 1, 6]],
  ])('is never green where the run %s', (_what, story, counts) => {
    const xml = junit(story());
    expect(countsOf(xml)).toEqual(counts);
    expect(caseIn(xml, 'run')).toContain('<error');
  });

  it('keeps its class name from run to run, and changes it with the command line', () => {
    const className = (xml: string): string | undefined => /classname="([^"]+)"/.exec(xml)?.[1];
    const clean = className(junit(begun().cycle().finish()));
    const cell = { bios: '1', kernel: '1', commandLine: 'quiet' };
    expect(clean).toMatch(/^comeback\.nowhere\.bios_1\.linux_1\.cmdline_[0-9a-f]{8}$/);
    expect(className(junit(begun().cycle(dead).finish('infra')))).toBe(clean);
    expect(className(junit(begun().append({ t: 'cell-started', cell, bootId: 'boot-1' }).cycle().finish()))).not.toBe(
      clean,
    );
  });

  it('gives the start in UTC, without zone and milliseconds', () => {
    const at = Date.UTC(2024, 6, 1, 23, 59, 58) + 123;
    const xml = junit(new SyntheticJournal(fiveFunctions, 'b', at).begin().cycle().finish());
    expect(xml).toContain('timestamp="2024-07-01T23:59:59"');
  });

  it('is valid XML whatever a host says', async () => {
    const nasty = [
      'plain',
      '\u001b[31mred\u001b[0m and \u001b]0;title\u0007 gone',
      'NUL \u0000, VT \u000b, U+FFFE \ufffe, lone \ud800 surrogate, whole \ud83d\ude00 one',
      ']]> & <failure> "quoted" \'too\'',
      'two\r\nlines\rand\ttabs',
    ];
    for (const text of nasty) {
      const journal = begun()
        .cycle({ start: { ok: false, output: `kvm: vfio ${usb}: ${text}` } })
        .finish();
      const xml = junit(journal);
      expect(await xmllint(xml, schema), text).toBe('');
      for (const trace of ['[31m', ']0;title', '\u001b', '\u0000']) expect(xml).not.toContain(trace);
    }
    expect(
      junit(
        begun()
          .cycle({ start: { ok: false, output: `vfio ${usb}: \ud83d\ude00 ]]> x` } })
          .finish(),
      ),
    ).toContain('\ud83d\ude00');
  });

  it('is valid XML for any text', async () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 40 });
    const xmls = fc.sample(fc.tuple(anyText, anyText), { numRuns: 15, seed: 7 }).map(([output, message]) =>
      junit(
        begun()
          .append({ ...closedGate, findings: [message] })
          .cycle({ start: { ok: false, output: `vfio ${usb}: ${output}` } })
          .append({ t: 'run-finished', reason: 'infra', message: `x${message}` }),
      ),
    );
    for (const xml of xmls) expect(await xmllint(xml, schema)).toBe('');
  });
});
