// `npm test`: from a fresh clone through every test: static checks, rooms and twin, the virtual lab, the scenarios.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installDebianPackages, installModules, projectRoot, requireNode, runNode, say } from './prepare.mjs';

/** What the tests need beyond the lab: xmllint judges our JUnit, the OpenSSH tools play the other side, Chromium opens our pages, Prometheus scrapes us. */
const testPackages = ['libxml2-utils', 'openssh-client', 'chromium-headless-shell', 'prometheus', 'systemd', 'git'];

requireNode();
installModules();
installDebianPackages([
  ...JSON.parse(readFileSync(join(projectRoot, 'harness/virtual-lab/packages.json'), 'utf8')),
  ...testPackages,
]);

/** @typedef {{ stats: { expected: number, unexpected: number, flaky: number } }} PlaywrightReport */

const results = mkdtempSync(join(tmpdir(), 'comeback-test-'));
const total = { passed: 0, failed: 0 };
let failedSteps = 0;

/**
 * @param {string} title
 * @param {readonly string[]} argv arguments of node
 * @param {{ beside?: boolean }} [options] beside: it runs beside the steps that follow, and what it says is shown when it is over
 */
async function step(title, argv, { beside = false } = {}) {
  say(`\n== ${title}${beside ? ': beside what follows; its words come at its end' : ''}`);
  const startedAtMs = Date.now();
  const words = join(results, `${title}.txt`);
  const file = beside ? openSync(words, 'w') : undefined;
  const exitCode = await runNode(argv, file === undefined ? {} : { besideInto: file });
  if (file !== undefined) {
    closeSync(file);
    say(`\n== ${title}\n${readFileSync(words, 'utf8')}`);
  }
  if (exitCode !== 0) failedSteps += 1;
  say(
    `== ${title}: ${exitCode === 0 ? 'passed' : `FAILED (exit ${exitCode})`} in ${Math.round((Date.now() - startedAtMs) / 1000)} s`,
  );
}

/**
 * @param {string} name
 * @param {{ beside?: boolean }} [options]
 */
async function vitest(name, options) {
  const file = join(results, `${name}.json`);
  const cli = join(projectRoot, 'node_modules/vitest/vitest.mjs');
  await step(
    `tests ${name}`,
    [cli, 'run', '--project', name, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    options,
  );
  count(file, (/** @type {{ numPassedTests: number, numFailedTests: number }} */ report) => ({
    passed: report.numPassedTests,
    failed: report.numFailedTests,
  }));
}

/**
 * @param {readonly string[]} projects of playwright.config.ts
 * @param {readonly string[]} selection
 */
async function scenarios(projects, selection) {
  const title = projects.join(' and ');
  const file = join(results, `${title}.json`);
  process.env['PLAYWRIGHT_JSON_OUTPUT_FILE'] = file;
  await step(
    `scenarios: ${title}`,
    [
      join(projectRoot, 'node_modules/@playwright/test/cli.js'),
      'test',
      ...projects.map((project) => `--project=${project}`),
      '--reporter=list,json',
      ...selection,
    ],
    { beside: true },
  );
  count(file, (/** @type {PlaywrightReport} */ { stats }) => ({
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky,
  }));
}

/**
 * Adds up a runner's own JSON report; one that was never written counts as a failure.
 *
 * @template Report
 * @param {string} file
 * @param {(report: Report) => { passed: number, failed: number }} read
 */
function count(file, read) {
  try {
    const { passed, failed } = read(JSON.parse(readFileSync(file, 'utf8')));
    total.passed += passed;
    total.failed += failed;
  } catch {
    total.failed += 1;
  }
}

async function checksAndRooms() {
  await step('static checks', [join(projectRoot, 'harness/setup/check.mjs')], { beside: true });
  await vitest('rooms', { beside: true });
}

// A lab without KVM keeps one processor busy and leaves the other one. Whichever is over first makes room for the scenarios.
const twoLanes = [vitest('lab'), checksAndRooms()];
await Promise.race(twoLanes);
// One lab, one VM of each manager.
await scenarios(['virtual', 'virtual-libvirt'], []);
// What is left out here is told by `npm run story`.
await scenarios(['story'], ['--grep', '@ci']);
await Promise.all(twoLanes);
rmSync(results, { recursive: true });

if (failedSteps > 0 && total.failed === 0) total.failed = failedSteps;
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = failedSteps === 0 ? 0 : 1;
