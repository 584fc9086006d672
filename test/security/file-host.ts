// A host on the list of those that pictures may come from, and in an enemy's hands: it sends whoever asks elsewhere, or hurtful files.
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

const MIB = 1024 * 1024;

export class FileHost {
  /** How often each path was asked for. */
  readonly asked = new Map<string, number>();
  readonly #server: Server;
  readonly #files = new Map<string, Buffer>();

  private constructor(strangersPort: number) {
    this.#server = createServer((request, response) => {
      const path = request.url ?? '/';
      this.asked.set(path, (this.asked.get(path) ?? 0) + 1);
      const file = this.#files.get(path);
      if (file) response.writeHead(200, { 'content-type': 'image/png' }).end(file);
      else answer(path, response, strangersPort);
    });
  }

  static async start(strangersPort: number): Promise<FileHost> {
    const host = new FileHost(strangersPort);
    await once(host.#server.listen(0, '127.0.0.1'), 'listening');
    return host;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** @returns the address at which the bytes are served */
  serve(bytes: Buffer): string {
    const path = `/file-${this.#files.size}.png`;
    this.#files.set(path, bytes);
    return `${this.origin}${path}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await once(this.#server.close(), 'close');
  }
}

function answer(path: string, response: ServerResponse, strangersPort: number): void {
  const [, kind = '', status = '302'] = path.split('/');
  const answers: Record<string, () => unknown> = {
    'to-stranger': () =>
      response.writeHead(Number(status), { location: `http://127.0.0.1:${strangersPort}/a.png` }).end(),
    'to-metadata': () =>
      response.writeHead(Number(status), { location: 'http://169.254.169.254/latest/meta-data/' }).end(),
    refresh: () => response.writeHead(200, { refresh: `0;url=http://127.0.0.1:${strangersPort}/` }).end('<html>'),
    packed: () => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(64 * MIB))),
    'many-headers': () => response.writeHead(200, { 'x-a': 'a'.repeat(64 * 1024) }).end('x'),
    endless: () => endless(response),
  };
  (answers[kind] ?? (() => response.writeHead(404).end()))();
}

function endless(response: ServerResponse): void {
  const piece = Buffer.alloc(64 * 1024);
  const more = () => {
    while (!response.destroyed && response.write(piece));
  };
  response
    .writeHead(200, { 'content-type': 'image/png' })
    .on('drain', more)
    .on('error', () => {});
  more();
}
