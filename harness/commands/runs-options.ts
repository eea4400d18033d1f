import { Option } from '@commander-js/extra-typings';

/** Unlike the option of commands that need a host, it has no default. */
export const ofHostOption = new Option('--host <name>', 'only runs of this host');
