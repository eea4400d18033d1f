/** The twin of bench/soak.ts, in a process of its own: what it costs and keeps in memory is not the controller's. */
import { startTwin } from '../../harness/twin/twin.ts';

const twin = await startTwin();
const { port, hostKeySha256, clientPrivateKey } = twin;
process.send?.({ port, hostKeySha256, clientPrivateKey });
process.once('disconnect', () => void twin[Symbol.asyncDispose]());
