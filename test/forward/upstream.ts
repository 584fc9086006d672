// Stands in for the image service over real sockets: echoes what arrives, or does what the test gave it to do.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export interface Arrival {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

type Behaviour = (req: IncomingMessage, res: ServerResponse) => void;

export interface Upstream {
  origin: string;
  port: number;
  arrivals: Arrival[];
  connections: number;
  /** The next request as a pair of open ends; it is then not echoed. */
  takeNext(): Promise<{ req: IncomingMessage; res: ServerResponse; socket: Socket }>;
  stop(): Promise<void>;
}

interface UpstreamSetup {
  port?: number;
  tls?: { key: string; cert: string };
}

export async function startUpstream({ port: wantedPort = 0, tls }: UpstreamSetup = {}): Promise<Upstream> {
  const taken: Behaviour[] = [];
  const answer: Behaviour = (req, res) => (taken.shift() ?? echo)(req, res);
  const server = tls ? createTlsServer(tls, answer) : createServer(answer);
  const echo = async (req: IncomingMessage, res: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const { method = '', url = '', headers } = req;
    upstream.arrivals.push({ method, url, headers, body: Buffer.concat(chunks) });
    res
      .setHeader('set-cookie', ['a=1', 'b=2'])
      .setHeader('etag', '"e"')
      .writeHead(url.includes('status=404') ? 404 : 200);
    res.end(method === 'HEAD' ? undefined : 'echoed');
  };
  server.on('connection', () => upstream.connections++);
  server.listen(wantedPort, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const upstream: Upstream = {
    origin: tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    port,
    arrivals: [],
    connections: 0,
    takeNext: () => new Promise((resolve) => taken.push((req, res) => resolve({ req, res, socket: req.socket }))),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return upstream;
}
