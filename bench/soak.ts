/**
 * What does the harness itself cost? Runs cycles of the real engine, over real SSH, with the real observer and a real journal, on the
 * twin in a process of its own: cycles per second, CPU per cycle, journal bytes per clean cycle, the controller's memory over time.
 * Time is virtual: the rests of a cycle take none. A second of CPU is worth more here than one of a busy machine, so both are told.
 *
 *     npm run -s bench:soak [-- --cycles 1000000]
 *
 * With `--lab` also: what a cycle costs beyond a bare loop of `qm start; qm stop` over one SSH connection, in the virtual lab, with no
 * rests on either side, in alternating blocks so that drift of the machine cancels.
 *
 *     npm run -s comeback -- lab up && npm run -s bench:soak -- --lab [--name virtual --blocks 6 --block-cycles 5]
 */
import { parseArgs } from 'node:util';
import { labOverhead } from './soak/lab-overhead.ts';
import { twinSoak } from './soak/twin-soak.ts';

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '500' },
    lab: { type: 'boolean', default: false },
    name: { type: 'string', default: 'virtual' },
    blocks: { type: 'string', default: '6' },
    'block-cycles': { type: 'string', default: '5' },
  },
});
const print = (line: string): void => void process.stdout.write(`${line}\n`);
await twinSoak(Number(values.cycles), print);
if (values.lab) await labOverhead(values.name, Number(values.blocks), Number(values['block-cycles']), print);
