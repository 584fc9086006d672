// The forum's public address in a test: there before the service is, as a real forum's is; an Express 4 with the forwarding in it.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type express5 from 'express';

const { default: express4 } = (await import('express4' as string)) as { default: typeof express5 };
const { forwardImages } = createRequire(import.meta.url)(
  'forum-ai-images/forward',
) as typeof import('../../src/forward.cts');

export interface Door extends AsyncDisposable {
  origin: string;
  /** From now on what is asked here is asked of the service at `target`. */
  leadTo(target: string): void;
}

export async function openDoor(): Promise<Door> {
  const app = express4();
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo: (target) => void app.use(forwardImages({ target }), express4.json()),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
