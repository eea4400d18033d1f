#!/usr/bin/env node
// The door of the command line, in a checkout and installed alike: the sources run as they are, through tsx.
import { register } from 'tsx/esm/api';

/** EX_SOFTWARE of sysexits(3): Node's own 1 would say that a device did not survive. */
const internalError = 70;

process.on('uncaughtException', (error) => {
  process.stderr.write(`comeback: a defect of comeback itself, please report it:\n${error.stack ?? error.message}\n`);
  process.exit(internalError);
});

register();
await import('./cli.ts');
