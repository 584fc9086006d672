// What else there is on the network of a case: a host that nobody has any business with, and a door that can be shut.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Listens where the service must never call, and counts who does. */
export interface Stranger {
  port: number;
  visits(): number;
  close(): Promise<void>;
}

export async function openStranger(): Promise<Stranger> {
  let visits = 0;
  const server = createServer((socket) => {
    visits += 1;
    socket.destroy();
  });
  // On every address of this machine, so that no way of writing one misses it.
  await once(server.listen(0), 'listening');
  return {
    port: portOf(server),
    visits: () => visits,
    close: async () => void (await once(server.close(), 'close')),
  };
}

/** Leads to a port of this machine while it is open; shut, it refuses every connection. */
export class Gate {
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(target: number) {
    this.#target = target;
  }

  async open(): Promise<void> {
    this.#server = createServer((socket) => this.#join(socket, connect(this.#target, '127.0.0.1')));
    await once(this.#server.listen(this.#port, '127.0.0.1'), 'listening');
    this.#port = portOf(this.#server);
  }

  async shut(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server?.listening) await once(this.#server.close(), 'close');
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  #join(...pair: [Socket, Socket]): void {
    const [near, far] = pair;
    for (const socket of pair) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  }
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port;
}
