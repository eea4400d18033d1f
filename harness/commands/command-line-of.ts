import { quoteArgv } from '../ssh/quote.ts';
import { defaultJunitProfile } from '../report/junit-profile.ts';
import { defaultPaths } from './options.ts';

type OptionValue = string | boolean | undefined;

const defaults: Readonly<Record<string, OptionValue>> = { ...defaultPaths, junitProfile: defaultJunitProfile };

/**
 * What a person is told to type, as a POSIX shell takes it.
 *
 * @param options as commander names them; what is false, absent or the default is left out.
 */
export function commandLineOf(words: readonly string[], options: Readonly<Record<string, OptionValue>>): string {
  const given = Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined || value === false || value === defaults[name]) return [];
    const option = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return value === true ? [option] : [option, value];
  });
  return quoteArgv(['comeback', ...words, ...given]);
}
