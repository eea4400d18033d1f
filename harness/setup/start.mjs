// `npm start`: from a fresh clone to verdicts in the virtual lab. What stands after `--` goes to `comeback soak`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installDebianPackages, installModules, projectRoot, requireNode, runNode } from './prepare.mjs';

const comeback = join(projectRoot, 'harness', 'bin.mjs');
const options = process.argv.slice(2);

requireNode();
installModules();
const asksForHelp = options.includes('--help') || options.includes('-h');
if (!asksForHelp) {
  installDebianPackages(JSON.parse(readFileSync(join(projectRoot, 'harness/virtual-lab/packages.json'), 'utf8')));
  const booted = await runNode([comeback, 'lab', 'up', '--restart'], { quiet: true });
  if (booted !== 0) process.exit(booted);
}
process.exitCode = await runNode([comeback, 'soak', '--host', 'virtual', ...options]);
