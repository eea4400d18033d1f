import type { HostIdentity } from '../journal/events.ts';

/** The seed's host as it identifies itself. */
export const elysium: HostIdentity = {
  hostname: 'elysium',
  bootId: '1d45d6e4-79d0-4a37-8f0e-28738fc20100',
  kernel: '6.8.12-4-pve',
  commandLine: 'quiet',
  boardVendor: 'ASUSTeK COMPUTER INC.',
  board: 'ROG CROSSHAIR VII HERO',
  biosVendor: 'American Megatrends Inc.',
  bios: '2901',
  biosDate: '10/16/2019',
  acsOverrideWarning: true,
};
