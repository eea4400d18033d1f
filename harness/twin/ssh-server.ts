import { once } from 'node:events';
import { createServer, type Server as TcpServer, type Socket } from 'node:net';
import ssh2, { type AuthContext, type ClientInfo, type Connection, type Session } from 'ssh2';
import { gatherWrites } from '../ssh/gather-writes.ts';
import type { ConnectionFate } from './faults/wire-faults.ts';
import { keyFingerprint, newKeyPair, parsedKey, type KeyPair, type TwinKeys } from './keys.ts';
import type { CommandChannel } from './processes.ts';
import type { TwinRecord } from './record.ts';

/** OpenSSH's default MaxSessions: sessions beyond it are refused. */
const maxSessions = 10;

export interface ExecRequest {
  readonly line: string;
  readonly channel: CommandChannel;
}

/** What becomes of what comes in. */
export interface SshWire {
  readonly connects: () => ConnectionFate;
  readonly sessionIsRefused: () => boolean;
  /** The channel as its command has it. */
  readonly carried: (channel: CommandChannel) => CommandChannel;
}

/** Runs one exec. Resolves once its command has ended, which may be long after its channel is closed. */
export type ExecHandler = (request: ExecRequest) => Promise<void>;

/** The twin's sshd: a real ssh2 server on loopback, behind a TCP listener of our own that can cut and hold connections. */
export class TwinSshServer implements AsyncDisposable {
  readonly #record: TwinRecord;
  readonly #onExec: ExecHandler;
  readonly #clientKey;
  /** Each with what sends its gathered writes: a host does not wait for the end of our turn before a fault strikes it. */
  readonly #sockets = new Map<Socket, () => void>();
  /** Connections of a frozen host, and who will serve them. */
  readonly #held = new Map<Socket, ssh2.Server>();
  /** Ports of clients that no key lets in. */
  readonly #unwelcome = new Set<number>();
  readonly #wire: SshWire;
  #tcp: TcpServer | undefined;
  #ssh: ssh2.Server;
  #hostKey: KeyPair;
  #port = 0;
  #frozen = false;
  #maxOpenSessions = 0;
  /** Refuses every key from now on, as after an edit of authorized_keys. */
  refuseAuthentication = false;
  /** Another host behind the same address. */
  otherHost: TwinSshServer | undefined;

  constructor(keys: TwinKeys, record: TwinRecord, onExec: ExecHandler, wire: SshWire) {
    this.#record = record;
    this.#onExec = onExec;
    this.#wire = wire;
    this.#clientKey = parsedKey(keys.client.public);
    this.#hostKey = keys.host;
    this.#ssh = this.#newServer(this.#hostKey);
  }

  get port(): number {
    return this.#port;
  }

  get hostKeySha256(): string {
    return keyFingerprint(this.#hostKey.public);
  }

  get hostPublicKey(): string {
    return this.#hostKey.public.trim();
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Most sessions that one connection ever had open at once. */
  get maxOpenSessions(): number {
    return this.#maxOpenSessions;
  }

  /** Listens on loopback: on a free port first, on the same one ever after. */
  async listen(): Promise<void> {
    const tcp = createServer({ noDelay: true }, (socket) => {
      this.#receive(socket);
    });
    tcp.listen(this.#port, '127.0.0.1');
    await once(tcp, 'listening');
    const address = tcp.address();
    if (address === null || typeof address === 'string') throw new Error('the listener has no TCP port');
    this.#port = address.port;
    this.#tcp = tcp;
  }

  /** Cuts every connection with a TCP reset and refuses new ones until {@link listen}. */
  async stopListening(): Promise<void> {
    const tcp = this.#tcp;
    this.#tcp = undefined;
    const closed = tcp === undefined ? undefined : once(tcp, 'close');
    tcp?.close();
    this.dropConnections();
    await closed;
  }

  /** TCP reset on every connection; new ones are welcome. */
  dropConnections(): void {
    for (const [socket, send] of this.#sockets) {
      send();
      socket.resetAndDestroy();
    }
    this.#held.clear();
  }

  /** Half-open: connections stay up and new ones are accepted by the kernel, but not a byte comes or is taken. */
  freeze(): void {
    this.#frozen = true;
    for (const [socket, send] of this.#sockets) {
      send();
      socket.cork();
      socket.pause();
    }
  }

  thaw(): void {
    if (!this.#frozen) return;
    this.#frozen = false;
    const held = new Map(this.#held);
    this.#held.clear();
    for (const socket of this.#sockets.keys()) {
      const server = held.get(socket);
      if (server !== undefined) {
        server.injectSocket(socket);
      } else {
        socket.resume();
        socket.uncork();
      }
    }
  }

  /** New connections meet another host key: another machine answers at this address. */
  swapHostKey(): void {
    this.#hostKey = newKeyPair();
    this.#ssh = this.#newServer(this.#hostKey);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopListening();
  }

  #receive(socket: Socket): void {
    const fate = this.#wire.connects();
    if (fate === 'other-host' && this.otherHost !== undefined) {
      this.otherHost.#receive(socket);
      return;
    }
    this.#sockets.set(socket, gatherWrites(socket));
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    if (fate === 'refused') {
      socket.destroy();
      return;
    }
    const { remotePort } = socket;
    if (fate === 'login-refused' && remotePort !== undefined) {
      this.#unwelcome.add(remotePort);
      socket.once('close', () => this.#unwelcome.delete(remotePort));
    }
    const server = fate === 'other-key' ? this.#newServer(newKeyPair()) : this.#ssh;
    if (this.#frozen) this.#held.set(socket, server);
    else server.injectSocket(socket);
  }

  #newServer(hostKey: KeyPair): ssh2.Server {
    return new ssh2.Server(
      { hostKeys: [hostKey.private], ident: 'OpenSSH_9.2p1 Debian-2+deb12u3', keepaliveInterval: 86_400_000 },
      (connection, client) => this.#serve(connection, client),
    );
  }

  #serve(connection: Connection, client: ClientInfo): void {
    let openSessions = 0;
    connection.on('error', () => undefined);
    connection.on('authentication', (context) => this.#authenticate(context, client));
    connection.on('ready', () => this.#record.add({ kind: 'connected' }));
    connection.on('session', (accept, reject) => {
      if (openSessions >= maxSessions || this.#wire.sessionIsRefused()) {
        reject();
        return;
      }
      openSessions++;
      this.#maxOpenSessions = Math.max(this.#maxOpenSessions, openSessions);
      this.#serveSession(accept(), () => openSessions--);
    });
  }

  #authenticate(context: AuthContext, client: ClientInfo): void {
    if (context.method !== 'publickey') {
      context.reject(['publickey']);
      return;
    }
    const known =
      !this.refuseAuthentication &&
      !this.#unwelcome.has(client.port) &&
      context.key.algo === this.#clientKey.type &&
      context.key.data.equals(this.#clientKey.getPublicSSH());
    const proven =
      context.signature === undefined ||
      context.blob === undefined ||
      this.#clientKey.verify(context.blob, context.signature, context.hashAlgo);
    if (known && proven) {
      context.accept();
      return;
    }
    this.#record.add({ kind: 'authentication-refused', user: context.username });
    context.reject(['publickey']);
  }

  /**
   * One command a session. As sshd: a session counts until its command has ended, even without a channel, and a signal request is
   * refused to root, for which there is no unprivileged process that could deliver it (session.c, session_signal_req).
   */
  #serveSession(session: Session, end: () => void): void {
    let commandRuns = false;
    let sessionOpen = true;
    session.once('close', () => {
      sessionOpen = false;
      if (!commandRuns) end();
    });
    session.once('exec', (accept, _reject, { command: line }) => {
      this.#record.add({ kind: 'exec', command: line });
      commandRuns = true;
      void this.#onExec({ line, channel: this.#wire.carried(accept()) }).finally(() => {
        commandRuns = false;
        if (!sessionOpen) end();
      });
    });
  }
}
