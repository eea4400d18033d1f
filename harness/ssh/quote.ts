import { ComebackError } from '../errors.ts';

/** An argument with a NUL byte cannot exist: execve(2) ends every argument at the first NUL. */
export class UnquotableArgumentError extends ComebackError {
  override readonly code = 'SSH_UNQUOTABLE_ARGUMENT';
  override readonly kind = 'internal';
  readonly argumentIndex: number;

  constructor(argumentIndex: number) {
    super(`Argument ${argumentIndex} of a remote command holds a NUL byte, which no command line can carry.`);
    this.argumentIndex = argumentIndex;
  }
}

/** Words that no POSIX shell reads as anything but themselves, wherever they stand. */
const plain = /^[A-Za-z0-9_@%+:,./-]+$/;

/** Words that a shell reads as grammar where a command name stands (POSIX.1-2017 XCU 2.4). */
const reserved = /^(?:case|do|done|elif|else|esac|fi|for|function|if|in|select|then|until|while|time)$/;

/**
 * One command line for the remote login shell, which splits it back into exactly these arguments.
 *
 * Single quotes only: POSIX.1-2017 XCU 2.2.2 keeps every character between them literal, in dash as in bash; a single
 * quote itself becomes `'\''`. The `$'…'` of bash is unknown to dash, which is /bin/sh on Debian and Proxmox.
 *
 * @throws UnquotableArgumentError where an argument holds a NUL byte.
 */
export function quoteArgv(argv: readonly string[]): string {
  return argv
    .map((argument, index) => {
      if (argument.includes('\0')) throw new UnquotableArgumentError(index);
      return plain.test(argument) && !reserved.test(argument)
        ? argument
        : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
    })
    .join(' ');
}
