// Stands before an S3 server and passes everything on, but for some requests that go wrong on the way there or back.
import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generator } from '../../support/random.ts';

export interface UnsteadyStorage extends AsyncDisposable {
  endpoint: string;
}

type Mischance = (req: IncomingMessage, res: ServerResponse, passOn: () => void) => void;

const SLOW_DOWN =
  '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>';

const MISCHANCES: Mischance[] = [
  (req, res) => {
    req.resume().on('end', () => res.writeHead(503, { 'content-type': 'application/xml' }).end(SLOW_DOWN));
  },
  (req) => req.socket.resetAndDestroy(),
  // It is done, and nobody is told.
  (req, res, passOn) => {
    res.writeHead = () => req.socket.resetAndDestroy() as never;
    passOn();
  },
];

/** @param percent of the requests that go wrong */
export async function unsteady(target: string, percent: number, seed: number): Promise<UnsteadyStorage> {
  const random = generator(seed);
  const agent = new Agent({ keepAlive: true });
  const server = createServer((req, res) => {
    const passOn = () => forward(target, agent, req, res);
    if (random() * 100 >= percent) return passOn();
    MISCHANCES[Math.floor(random() * MISCHANCES.length)]?.(req, res, passOn);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server.close(), 'close');
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

/** With the headers as they came: the signature is of the name that the client knows. */
function forward(target: string, agent: Agent, req: IncomingMessage, res: ServerResponse): void {
  const onward = request(target + req.url, { method: req.method, headers: req.headers, agent }, (reply) => {
    res.writeHead(reply.statusCode ?? 502, reply.rawHeaders);
    reply.pipe(res);
  });
  onward.on('error', () => res.destroy());
  req.pipe(onward);
}
