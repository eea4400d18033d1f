import type { Socket } from 'node:net';

/**
 * Has a socket send what is written in one turn of the event loop at once. ssh2 writes every packet by itself, and a command costs a
 * dozen of them: with TCP_NODELAY each would be a segment and a system call of its own, on a host that is as busy as it can be.
 * Nothing waits for more to come: what was written is on its way before the loop looks for news.
 */
export function gatherWrites(socket: Socket): void {
  const write = socket.write.bind(socket);
  let gathering = false;
  socket.write = (chunk: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
    if (!gathering) {
      gathering = true;
      socket.cork();
      setImmediate(() => {
        gathering = false;
        socket.uncork();
      });
    }
    return Reflect.apply(write, socket, [chunk, ...rest]);
  };
}
