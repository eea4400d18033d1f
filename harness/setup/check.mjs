// `npm run check`: everything that can be said of the code without running it. All checks run, so that one look shows all faults.
import { join } from 'node:path';
import { projectRoot, runNode, say } from './prepare.mjs';

/** It takes as long as all others together, so it begins first. */
const longest = 'lint';

/** @type {readonly (readonly [title: string, script: string, ...args: string[]])[]} */
const checks = [
  ['types', 'typescript/bin/tsc', '--noEmit'],
  // What runs in a browser knows another world.
  ['types of pages', 'typescript/bin/tsc', '-p', 'harness/report/html/browser'],
  ['lint', 'eslint/bin/eslint.js', '.'],
  ['format', 'prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  [
    'import rules',
    'dependency-cruiser/bin/dependency-cruise.mjs',
    '--config',
    '.dependency-cruiser.mjs',
    'harness',
    'scenarios',
    'bench',
  ],
  ['dead code', 'knip/bin/knip.js'],
];

let failed = 0;
const waiting = [...checks].sort(([one], [other]) => Number(other === longest) - Number(one === longest));

/** Takes one check after the other from the list. */
async function lane() {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
    const [title, script, ...args] = check;
    const exitCode = await runNode([join(projectRoot, 'node_modules', script), ...args]);
    say(`${title}: ${exitCode === 0 ? 'clean' : 'FAILED'}`);
    if (exitCode !== 0) failed += 1;
  }
}

// Each keeps one processor busy; what is found goes straight to the screen.
await Promise.all([lane(), lane()]);
process.exitCode = failed === 0 ? 0 : 1;
