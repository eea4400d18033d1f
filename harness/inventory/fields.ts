import { z } from 'zod';
import { parsePciAddress } from '../pci/address.ts';
import { parseHostpci } from './hostpci.ts';

/** A text value. YAML reads an unquoted `2304` as a number and loses the zeros of `0601`, so the message asks for quotes. */
export function text() {
  return z
    .string({
      error: ({ input }) =>
        typeof input === 'number' || typeof input === 'boolean'
          ? `must be text: YAML reads it as the ${typeof input} ${String(input)}, so put it in quotes`
          : undefined,
    })
    .min(1, { error: 'must not be empty', abort: true });
}

/** A file: `~` is the home directory, a relative path starts at the directory of the inventory. */
export function filePath(meaning: string) {
  return text()
    .refine(
      (value) => !/^~(?!\/)/.test(value),
      'only "~/" is expanded: write the home directory of another user in full',
    )
    .describe(`${meaning}; ~ expands, a relative path starts at the directory of the inventory.`);
}

export function milliseconds(defaultMs: number, meaning: string, minimumMs = 1) {
  return z.int().min(minimumMs).max(3_600_000).default(defaultMs).describe(`${meaning}, in milliseconds.`);
}

export const pciAddress = text()
  .transform((value, context) => {
    const address = parsePciAddress(value);
    if (address !== undefined) return address;
    context.addIssue('is no address of one PCI function: write it as lspci does, as in "2b:00.0" or "0000:2b:00.0"');
    return z.NEVER;
  })
  .meta({
    description: 'Address of one PCI function as lspci prints it, with or without the domain.',
    pattern: '^([0-9a-fA-F]{4,8}:)?[0-9a-fA-F]{2}:[01][0-9a-fA-F]\\.[0-7]$',
    examples: ['2b:00.0', '0000:2b:00.0'],
  });

export const pciId = text()
  .regex(/^[0-9a-fA-F]{4}:[0-9a-fA-F]{4}$/, 'must be vendor:device as lspci -n prints it, as in "10de:1c82"')
  .transform((value) => value.toLowerCase())
  .meta({ description: 'vendor:device as lspci -n prints it.', examples: ['10de:1c82'] });

export const hostpciLine = text()
  .transform((value, context) => {
    const line = parseHostpci(value);
    if (!('reason' in line)) return line;
    context.addIssue(line.reason);
    return z.NEVER;
  })
  .meta({
    description: 'Value of one hostpciN line of the VM configuration, as "qm config" prints it.',
    examples: ['2b:00,pcie=1', '2c:00.3,pcie=1'],
  });

export const hostAddress = text()
  .regex(/^[^@]*$/, 'must be a host name or an IP address alone: the user goes into "user"')
  .regex(
    /^(?:[^:[\]]*|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.%\w]*)$/,
    'must be a host name or an IP address alone, without brackets: the port goes into "port"',
  )
  .regex(/^[^\s/-][^\s/]*$/, 'must be a host name or an IP address')
  .meta({ description: 'Host name or IP address.', examples: ['elysium.lan', '192.0.2.7'] });

export const hostKeyFingerprint = text()
  .regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'must be a fingerprint as "ssh-keygen -l" prints it: SHA256: and 43 characters')
  .describe('Fingerprint of the host key as "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" prints it on the host.');

export const environmentVariable = text()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable, never the key itself')
  .describe('Name of the environment variable that holds the private key.');

export const kernelRelease = text().regex(
  /^[A-Za-z0-9][\w.+~-]*$/,
  'must be a kernel release as "uname -r" prints it, as in "6.8.12-4-pve"',
);

const acsToken = '(?:downstream|multifunction|id:[0-9a-fA-F]{4}:[0-9a-fA-F]{4})';

export const acsOverride = text()
  .regex(
    new RegExp(`^${acsToken}(?:,${acsToken})*$`),
    'must be a list of downstream, multifunction and id:vvvv:dddd, separated by commas',
  )
  .meta({
    description: 'Expected value of the kernel parameter pcie_acs_override, which the Proxmox kernel understands.',
    examples: ['downstream,multifunction'],
  });
