// What the program does once its Node is known to be new enough: listen, and stop in order when told to.
import { createServer, type Server } from 'node:http';
import express from 'express';
import { pino } from 'pino';
import { type App, createApp } from './app.ts';
import { readConfig, readFailpoint } from './config.ts';
import { explain } from './explain.ts';
import { armFailpoint } from './failpoints.ts';
import { errorHandler, unknownRoute } from './http/error-handler.ts';
import { safeHeaders } from './http/guards.ts';

/** Below the 25 s after which an operator's patience, and many a supervisor's, ends. */
const STOP_DEADLINE_MS = 24_000;

/** Runs the service until SIGTERM or SIGINT. Exits 0 then, and 1 when it cannot start. */
export async function run(): Promise<void> {
  try {
    await serve();
  } catch (error) {
    console.error(explain(error));
    process.exit(1);
  }
}

async function serve(): Promise<void> {
  const config = readConfig(process.env);
  armFailpoint(readFailpoint(process.env));
  const log = pino({ level: config.logLevel });
  const app = createApp({ logger: log });
  const server = createServer(
    express().disable('x-powered-by').use(safeHeaders).use('/api', app.router).use(unknownRoute, errorHandler(log)),
  );
  // The port first: a second copy started by mistake must end there, before it takes work over from the first.
  await listen(server, config.port, config.host);
  await app.start();
  let stopping = false;
  const stopOnce = () => {
    // Listened to for good: a signal sent again, as supervisors and npm do, would else end the process in mid-stop.
    if (!stopping) void stop(server, app);
    stopping = true;
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stopOnce);
  // Last: whoever waits for this line may send a signal as soon as it is there.
  log.info({ address: server.address(), provider: config.provider.kind, storage: config.storage.kind }, 'listening');
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
}

/** New connections are refused at once; requests and steps in hand end; what is not finished goes on after the next start. */
async function stop(server: Server, app: App): Promise<void> {
  setTimeout(() => process.exit(0), STOP_DEADLINE_MS).unref();
  const closed = new Promise((resolve) => server.close(resolve));
  await app.close();
  server.closeAllConnections();
  await closed;
  process.exit(0);
}
