import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { convertJUnitToCTRFReport } from 'junit-to-ctrf';
import { parse } from 'junit2json';
import testResultsParser from 'test-results-parser';
import { describe, expect, it } from 'vitest';
import { begun, change, dead, failedStart, judged, usb } from '../test/judged-journal.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import { junitOf } from './junit.ts';
import { junitProfiles } from './junit-profile.ts';

const hostile = `vfio ${usb}: ]]> <b>&amp;</b> \u001b[31mred`;
const run = judged(
  begun().cycle().cycle(change(usb, dead)).cycle(failedStart('got timeout')).cycle(failedStart(hostile)).finish()
    .events,
);
const attachments = ['reports/night/journal.ndjson'];
/** Preflight was not reached, seven are always there, three cycles did not pass. */
const expected = { tests: 10, failures: 3, errors: 1, skipped: 1, passed: 5 };
const hurt = `${usb} usb`;

describe.each(junitProfiles)('readers that we did not write make the same of %s:', (profile) => {
  const xml = junitOf(run, { profile, attachments });

  it('junit2json', async () => {
    const read = await parse(xml);
    const suites = read !== null && read !== undefined && 'testsuite' in read ? (read.testsuite ?? []) : [];
    const { tests, failures, errors, skipped } = expected;
    expect(suites).toMatchObject([{ tests, failures, errors, skipped, hostname: 'nowhere' }]);
    const cases = suites[0]?.testcase ?? [];
    const [failure] = cases.find(({ name }) => name === hurt)?.failure ?? [];
    expect(failure?.type).toBe('lost');
    expect(failure?.message).toContain('lost in cycle 2: config-dead');
    expect(new Set(cases.map(({ classname }) => classname)).size).toBe(1);
  });

  it('test-results-parser', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'junit.xml');
    await writeFile(file, xml);
    const { result, errors } = testResultsParser.parseV2({ type: 'junit', files: [file] });
    expect(errors).toEqual([]);
    const { failures, errors: broken, skipped, passed } = expected;
    // By the suite, for junit-10.xsd has no count of skipped cases at the root.
    expect(result.suites).toMatchObject([{ status: 'FAIL', failed: failures, errors: broken, skipped, passed }]);
    const cases = result.suites[0]?.cases ?? [];
    expect(cases.filter(({ status }) => status === 'FAIL').map(({ name }) => name)).toEqual([
      ...[hurt, 'cycle 2', 'cycle 3', 'cycle 4'],
    ]);
    expect(cases.every(({ duration }) => Number.isFinite(duration))).toBe(true);
    const attached = cases.find(({ name }) => name === hurt)?.attachments.map(({ path }) => path);
    expect(attached).toEqual(profile === 'rich' ? attachments : []);
  });

  it('junit-to-ctrf', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'junit.xml'), xml);
    const report = await convertJUnitToCTRFReport(join(directory.path, 'junit.xml'));
    const { tests, failures, errors, skipped, passed } = expected;
    expect(report?.results.summary).toMatchObject({ tests, failed: failures + errors, skipped, passed });
    const seen = report?.results.tests.find(({ name }) => name.includes('0000:2b:00.0 gpu'));
    expect(seen).toMatchObject({ status: 'passed', ...(profile === 'rich' ? { flaky: true } : {}) });
  });
});
