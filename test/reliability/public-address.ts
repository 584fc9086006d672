// The address that the service is known by outside: there before the program is, and still there when that has died.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class PublicAddress {
  readonly origin: string;
  readonly #server: Server;
  readonly #visitors = new Set<Socket>();
  #port: number | undefined;

  private constructor(server: Server) {
    this.#server = server.on('connection', (visitor) => this.#let(visitor));
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async open(): Promise<PublicAddress> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new PublicAddress(server);
  }

  /** From now on its visitors are let in at this port; or, without one, turned away without an answer. */
  leadTo(port: number | undefined): void {
    this.#port = port;
  }

  #let(visitor: Socket): void {
    this.#visitors.add(visitor);
    visitor.on('close', () => this.#visitors.delete(visitor));
    if (this.#port === undefined) return void visitor.destroy();
    const program = connect(this.#port, '127.0.0.1');
    const part = () => {
      visitor.destroy();
      program.destroy();
    };
    for (const one of [visitor, program]) one.on('error', part).on('close', part);
    visitor.pipe(program).pipe(visitor);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const visitor of this.#visitors) visitor.destroy();
    await closed;
  }
}
