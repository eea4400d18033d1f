import { expect, it } from 'vitest';
import { NetconsoleRecords } from './netconsole-records.ts';

function texts(...datagrams: readonly (string | Buffer)[]): string[] {
  const records = new NetconsoleRecords();
  return datagrams.flatMap((datagram) => {
    const text = records.push(Buffer.from(datagram));
    return text === undefined ? [] : [...(text.note === undefined ? [] : [`# ${text.note}`]), text.bytes.toString()];
  });
}

it.each([
  ['basic format, as it is', ['[    1.000000] half a li', 'ne\n'], ['[    1.000000] half a li', 'ne\n']],
  [
    'extended format',
    ['6,416,1758426,-;netpoll: netconsole: local port 6665'],
    ['[    1.758426] netpoll: netconsole: local port 6665\n'],
  ],
  [
    'with the release',
    ['6.4.0,6,444,501151268,-;network logging started'],
    ['[  501.151268] network logging started\n'],
  ],
  [
    'a dictionary is left out',
    ['4,1,12767657139,-;pci 0000:2b:00.0: dead\n SUBSYSTEM=pci\n DEVICE=+pci:0000:2b:00.0\n'],
    ['[12767.657139] pci 0000:2b:00.0: dead\n'],
  ],
  [
    'pieces, in the order in which they come',
    ['6,416,1758426,-,ncfrag=16/31; the 2nd chunk.', '6,416,1758426,-,ncfrag=0/31;the first chunk,'],
    ['[    1.758426] the first chunk, the 2nd chunk.\n'],
  ],
  ['a caller', ['6,5,1000000,-,caller=T1;hello'], ['[    1.000000] hello\n']],
  ['a semicolon in the text', ['6,5,1000000,-;a;b'], ['[    1.000000] a;b\n']],
  [
    'a gap',
    ['6,5,1000000,-;a', '6,9,1000001,-;b'],
    ['[    1.000000] a\n', '# netconsole: 3 records before number 9 never came', '[    1.000001] b\n'],
  ],
  [
    'a new boot is no gap',
    ['6,900,1000000,-;a', '6,0,0,-;Linux version'],
    ['[    1.000000] a\n', '[    0.000000] Linux version\n'],
  ],
  ['a piece that never came', ['6,5,1,-,ncfrag=0/10;abc', '6,6,2,-;next'], ['[    0.000002] next\n']],
  ['nothing', [''], ['']],
  ['an absurd total', ['6,5,1,-,ncfrag=0/99999999999;abc'], []],
])('%s', (_name, datagrams, expected) => {
  expect(texts(...datagrams)).toEqual(expected);
});
