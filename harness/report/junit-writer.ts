import { stripVTControlCharacters } from 'node:util';
import junitReportBuilder, { type Builder } from 'junit-report-builder';

/** One test suite of a JUnit file. Names and properties are unique within it. */
export interface JunitSuite {
  readonly name: string;
  /** Dotted, stable from run to run: dashboards tell the history of a case by it. */
  readonly className: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly properties: Readonly<Record<string, string>>;
  readonly cases: readonly JunitCase[];
}

export interface JunitCase {
  readonly name: string;
  readonly durationMs?: number;
  readonly properties?: Readonly<Record<string, string>>;
  readonly result: JunitResult;
  /** What a person reads who opens the case. */
  readonly output?: string;
}

/** `failure` is the product's fault, `error` is ours or the lab's. */
export type JunitResult =
  | { readonly kind: 'passed' | 'skipped' }
  | { readonly kind: 'failure' | 'error'; readonly type: string; readonly message: string; readonly body: string };

/**
 * Writes a suite as JUnit XML, in the form that junit.xsd describes. The same suite gives the same bytes: nothing in it comes
 * from the clock or the time zone of the machine that writes it.
 */
export function junitXml(suite: JunitSuite): string {
  const report = newReport().name('comeback');
  const element = report
    .testSuite()
    .name(line(suite.name))
    .timestamp(utcWithoutZone(suite.startedAtMs))
    .time(seconds(suite.durationMs));
  for (const [name, value] of Object.entries(suite.properties)) element.property(name, line(value));
  for (const { name, durationMs, properties, result, output } of suite.cases) {
    const testCase = element.testCase().className(suite.className).name(line(name));
    if (durationMs !== undefined) testCase.time(seconds(durationMs));
    for (const [property, value] of Object.entries(properties ?? {})) testCase.property(property, line(value));
    if (result.kind === 'skipped') testCase.skipped();
    if (result.kind === 'failure') testCase.failure(line(result.message), result.type).stacktrace(block(result.body));
    if (result.kind === 'error') testCase.error(line(result.message), result.type, block(result.body));
    if (output !== undefined) testCase.standardOutput(block(output));
  }
  return `${report.build()}\n`;
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

/** Characters that XML 1.0 has no way to write (https://www.w3.org/TR/xml/#charsets); a lone surrogate is one of them. */
const notXml = /[^\t\n\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

/** Log text as XML can hold it: no colours, no control characters, line ends as they are in Unix. */
function text(raw: string): string {
  return stripVTControlCharacters(raw).replaceAll(/\r\n?/g, '\n').replaceAll(notXml, '');
}

/** Text for a CDATA section. The builder splits one end mark in it, and breaks at the second (xmlbuilder 15.1.1, XMLStringifier.js). */
function block(raw: string): string {
  return text(raw).replaceAll(']]>', ']] >');
}

/** Text for an attribute, in which parsers turn line ends into spaces anyway. */
function line(raw: string): string {
  return text(raw).replaceAll(/\s+/g, ' ').trim();
}

/** ISO 8601 without milliseconds and zone, meant as UTC: the one form that every consumer of JUnit reads. */
function utcWithoutZone(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
}

function seconds(durationMs: number): number {
  return Math.round(Math.max(0, durationMs)) / 1000;
}
