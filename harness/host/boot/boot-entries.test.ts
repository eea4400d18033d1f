import { describe, expect, it } from 'vitest';
import { loaderVariableText, parseBootEntries } from './boot-entries.ts';
import { BootOutputError } from './errors.ts';

const listed = (linux: string | undefined, version?: string) =>
  JSON.stringify([
    {
      type: 'type1',
      id: 'x.conf',
      root: '/efi',
      ...(linux === undefined ? {} : { linux }),
      ...(version === undefined ? {} : { version }),
    },
  ]);

describe('bootctl list --json=short', () => {
  it.each([
    ['Proxmox', listed('/EFI/proxmox/6.8.12-4-pve/vmlinuz-6.8.12-4-pve', '6.8.12-4-pve'), '6.8.12-4-pve'],
    ['kernel-install', listed('/2a6e0f/6.1.0-18-amd64/linux', '6.1.76-1'), '6.1.0-18-amd64'],
    ['a unified image', '[{"type":"type2","id":"a.efi","version":"6.1.0"}]', '6.1.0'],
    [
      'what the loader finds by itself',
      '[{"type":"auto","id":"auto-reboot-to-firmware-setup","isDefault":false}]',
      null,
    ],
  ])('of %s', (_what, output, kernel) => {
    expect(parseBootEntries(output)).toMatchObject([{ kernel }]);
  });

  it.each(['', '{}', '[{"id":1}]', 'No boot loader entries found.'])('%j is refused', (output) => {
    expect(() => parseBootEntries(output)).toThrow(BootOutputError);
  });
});

it('reads a variable of the loader', () => {
  const bytes = Buffer.from('06000000630061002e00630000000000', 'hex');
  expect(loaderVariableText(bytes)).toBe('ca.c');
  expect(loaderVariableText(Buffer.alloc(0))).toBe('');
});
