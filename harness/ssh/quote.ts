import { ComebackError } from '../errors.ts';

/** An argument with a NUL byte cannot exist: execve(2) ends every argument at the first NUL. */
export class UnquotableArgumentError extends ComebackError {
  override readonly code = 'SSH_UNQUOTABLE_ARGUMENT';
  override readonly kind = 'internal';

  constructor(readonly argumentIndex: number) {
    super(`Argument ${argumentIndex} of a remote command holds a NUL byte, which no command line can carry.`);
  }
}

/** Words that no POSIX shell reads as anything but themselves, wherever they stand. */
const plain = /^[A-Za-z0-9_@%+:,./-]+$/;

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
      return plain.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
    })
    .join(' ');
}
