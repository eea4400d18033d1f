#!/usr/bin/env node
// The door of the command line, in a checkout and installed alike: the sources run as they are, through tsx.
import { register } from 'tsx/esm/api';

register();
await import('./cli.ts');
