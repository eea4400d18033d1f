import junitReportBuilder, { type Builder } from 'junit-report-builder';
import { inProfile, type JunitProfile } from './junit-profile.ts';
import type { JunitCase, JunitSuite } from './junit-suite.ts';
import { block, line } from './junit-text.ts';

/**
 * Writes a suite as JUnit XML, in the form that junit.xsd describes. The same suite gives the same bytes: nothing in it comes
 * from the clock or the time zone of the machine that writes it.
 */
export function junitXml(suite: JunitSuite, profile: JunitProfile): string {
  const report = newReport().name('comeback');
  const element = report
    .testSuite()
    .name(line(suite.name))
    .timestamp(utcWithoutZone(suite.startedAtMs))
    .time(seconds(suite.durationMs));
  for (const [name, value] of Object.entries(suite.properties)) element.property(name, line(value));
  for (const one of suite.cases) {
    const { name, durationMs = 0, result } = one;
    // A case without a time is "not a number" for some readers.
    const testCase = element.testCase().className(suite.className).name(line(name)).time(seconds(durationMs));
    if (profile === 'rich') {
      for (const [property, value] of Object.entries(one.properties ?? {})) testCase.property(property, line(value));
    }
    if (result.kind === 'skipped') testCase.skipped();
    if (result.kind === 'failure') testCase.failure(line(result.message), result.type).stacktrace(block(result.body));
    if (result.kind === 'error') testCase.error(line(result.message), result.type, block(result.body));
    const output = outputOf(one, profile);
    if (output !== '') testCase.standardOutput(output);
  }
  return inProfile(report.build(), suite, profile);
}

/** The one output of a case, for several readers take only the first. Attachments stand in it as GitLab and the Jenkins plugin want them: each in a line of its own. */
function outputOf({ output, attachments }: JunitCase, profile: JunitProfile): string {
  const attached = profile === 'rich' ? (attachments ?? []).map((path) => `[[ATTACHMENT|${line(path)}]]`) : [];
  return [...(output === undefined ? [] : [block(output)]), ...attached].join('\n');
}

/**
 * The package's types promise a `default` inside its CommonJS export; the export itself is the builder
 * (junit-report-builder 5.1.2, dist/index.js).
 */
function newReport(): Builder {
  const library: unknown = junitReportBuilder;
  if (!isBuilder(library)) throw new TypeError('junit-report-builder does not export its builder any more');
  return library.newBuilder();
}

function isBuilder(library: unknown): library is Builder {
  return typeof library === 'object' && library !== null && 'newBuilder' in library;
}

/** ISO 8601 without milliseconds and zone, meant as UTC: the one form that every consumer of JUnit reads. */
function utcWithoutZone(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
}

function seconds(durationMs: number): number {
  return Math.round(Math.max(0, durationMs)) / 1000;
}
