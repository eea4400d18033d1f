import { ComebackError } from '../errors.ts';
import type { PciAddress } from '../pci/address.ts';
import type { SshSession } from '../ssh/session.ts';
import type { Wait } from '../wait.ts';

/** The host did not let config space be written. */
export class ConfigWriteError extends ComebackError {
  override readonly code = 'CONFIG_WRITE_FAILED';
  override readonly kind = 'infra';

  constructor(said: string) {
    super(
      `Config space could not be written: ${said.trim() || 'no reason given'}. Kernel lockdown forbids it, for one.`,
    );
  }
}

/** Bytes of a function's config space, written as they stand. */
export interface ConfigWrite {
  readonly address: PciAddress;
  readonly offset: number;
  readonly bytesHex: string;
}

/** Aligned 32-bit writes, as the kernel's own pci_restore_config_space() does (drivers/pci/pci.c). */
const script = `
my $root = $ENV{COMEBACK_ROOT} // '';
while (my ($address, $offset, $hex) = splice @ARGV, 0, 3) {
    sysopen my $file, "$root/sys/bus/pci/devices/$address/config", 1 or die "$address: $!\\n";
    my $bytes = pack 'H*', $hex;
    for (my $at = 0; $at < length $bytes; $at += 4) {
        sysseek $file, $offset + $at, 0 or die "$address: $!\\n";
        defined syswrite $file, substr($bytes, $at, 4) or die "$address: $!\\n";
    }
}
`;

/**
 * Writes config space through sysfs, in the order given. The kernel is not told: use it only to put back what stood there.
 *
 * @throws ConfigWriteError with perl's words, or what the session throws.
 */
export async function writeConfig(session: SshSession, writes: readonly ConfigWrite[], wait: Wait): Promise<void> {
  const argv = writes.flatMap(({ address, offset, bytesHex }) => [address, String(offset), bytesHex]);
  const { exitCode, stderr } = await session.exec(['perl', '-e', script, '--', ...argv], { wait });
  if (exitCode !== 0) throw new ConfigWriteError(stderr);
}
