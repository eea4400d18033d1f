import { DOMParser, type Document, type Element, XMLSerializer } from '@xmldom/xmldom';
import { block, line } from './junit-text.ts';
import type { JunitCase, JunitSuite } from './junit-suite.ts';

/**
 * `strict` holds only what junit-10.xsd of the Jenkins xunit plugin knows, for readers that validate. `rich` also has properties and
 * attachments of cases, and what befell a case besides its result; readers that do not know those pass over them.
 */
export const junitProfiles = ['strict', 'rich'] as const;
export type JunitProfile = (typeof junitProfiles)[number];

/** Readers that know nothing of a run but its file are served best by all there is. */
export const defaultJunitProfile: JunitProfile = 'rich';

/** Gives what the builder wrote the form of a profile: the builder knows neither host names nor reruns, and counts skipped cases where junit-10.xsd does not. */
export function inProfile(xml: string, suite: JunitSuite, profile: JunitProfile): string {
  const document = new DOMParser({ onError: fail }).parseFromString(xml, 'text/xml');
  elements(document, 'testsuite')[0]?.setAttribute('hostname', line(suite.hostname));
  if (profile === 'strict') document.documentElement?.removeAttribute('skipped');
  else {
    const written = elements(document, 'testcase');
    suite.cases.forEach(({ reruns }, index) => addReruns(document, written[index], reruns ?? []));
  }
  // A line of its own after the declaration, as the builder has it.
  return `${new XMLSerializer().serializeToString(document).replace('?><', '?>\n<')}\n`;
}

function addReruns(document: Document, of: Element | undefined, reruns: NonNullable<JunitCase['reruns']>): void {
  const output = of === undefined ? undefined : [...of.getElementsByTagName('system-out')][0];
  for (const { kind, type, message, body } of reruns) {
    const rerun = document.createElement(kind);
    rerun.setAttribute('message', line(message));
    rerun.setAttribute('type', type);
    const trace = document.createElement('stackTrace');
    trace.appendChild(document.createCDATASection(block(body)));
    rerun.appendChild(trace);
    of?.insertBefore(rerun, output ?? null);
  }
}

function elements(document: Document, name: string): Element[] {
  return [...document.getElementsByTagName(name)];
}

function fail(level: string, message: string): never {
  throw new TypeError(`junit-report-builder wrote what is no XML (${level}): ${message}`);
}
