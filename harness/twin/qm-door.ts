import { chmodSync, copyFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { InProcessCommand } from './command.ts';

const client = fileURLToPath(new URL('./qm-client.pl', import.meta.url));

/** Lets the `qm` that a real shell starts reach the twin's own one, so that there is one `qm` only. */
export class QmDoor implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param executable where the shell's PATH finds `qm`; @param socketPath known to it by COMEBACK_TWIN_QM */
  static async open(executable: string, socketPath: string, qm: InProcessCommand): Promise<QmDoor> {
    copyFileSync(client, executable);
    chmodSync(executable, 0o755);
    const server = createServer();
    const door = new QmDoor(server);
    server.on('connection', (socket) => {
      door.#sockets.add(socket);
      socket.once('close', () => door.#sockets.delete(socket));
      socket.on('error', () => undefined);
      createInterface({ input: socket }).once('line', (line) => void answer(socket, line, qm));
    });
    server.listen(socketPath);
    await once(server, 'listening');
    return door;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

const toHex = (text: string): string => `x${Buffer.from(text).toString('hex')}`;
const fromHex = (word: string): string => Buffer.from(word.slice(1), 'hex').toString();

async function answer(socket: Socket, line: string, qm: InProcessCommand): Promise<void> {
  const args = line
    .split(' ')
    .filter((word) => word !== '')
    .map(fromHex);
  const status = await qm(args, {
    stdout: (text) => socket.write(`out ${toHex(text)}\n`),
    stderr: (text) => socket.write(`err ${toHex(text)}\n`),
  });
  socket.end(`exit ${status}\n`);
}
