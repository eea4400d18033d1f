/** One session of a controller, in a process of its own that can be killed. Its parent sends it one {@link Job}. */
import { once } from 'node:events';
import { mortalDisk } from './mortal-disk.ts';
import { job } from './job.ts';

const disk = mortalDisk();
const { session } = await import('./session.ts');
process.send?.('ready');
const told: unknown[] = await once(process, 'message');
const { death, ...rest } = job.parse(told[0]);
disk.arm(death);
process.send?.(await session(rest));
process.exit();
