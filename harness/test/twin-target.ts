import { SshSession } from '../ssh/session.ts';
import { hostKeyFingerprint, type SshTarget } from '../ssh/target.ts';
import type { Twin } from '../twin/twin.ts';

/** The way into a twin for tests of single rooms, pinned to the host key that it has now. */
export function twinTarget(twin: Twin, twist: Partial<SshTarget> = {}): SshTarget {
  const pinned = twin.hostKeySha256;
  return {
    address: '127.0.0.1',
    port: twin.port,
    user: 'root',
    auth: { privateKey: twin.clientPrivateKey },
    description: 'twin',
    verifyHostKey: (key) =>
      hostKeyFingerprint(key) === pinned ? { accepted: true } : { accepted: false, expected: pinned },
    ...twist,
  };
}

export async function twinSession(twin: Twin): Promise<SshSession> {
  return await SshSession.connect(twinTarget(twin), { timeoutMs: 10_000 });
}
