import type { Socket } from 'node:net';

/**
 * Has a socket send what is written in one turn of the event loop at once. ssh2 writes every packet by itself, and a command costs a
 * dozen of them: with TCP_NODELAY each would be a segment and a system call of its own, on a host that is as busy as it can be.
 * Nothing waits for more to come: what was written is on its way before the loop looks for news.
 *
 * @returns sends what was gathered, before the turn is over.
 */
export function gatherWrites(socket: Socket): () => void {
  const write = socket.write.bind(socket);
  let gathering = false;
  const send = (): void => {
    if (!gathering) return;
    gathering = false;
    socket.uncork();
  };
  socket.write = (chunk: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
    if (!gathering) {
      gathering = true;
      socket.cork();
      setImmediate(send);
    }
    return Boolean(Reflect.apply(write, socket, [chunk, ...rest]));
  };
  return send;
}
