// Runs the real program as an operator does: a process of its own, told everything by its environment.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ForumFile } from './forum-file.ts';
import type { ReplicateDouble } from './replicate-double.ts';
import type { S3Server } from './s3-server.ts';
import { type Client, clientAt, JWT_SECRET, tokenOf } from './service.ts';

export type Settings = Record<string, string>;

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Since the process was started, or since the signal that ended it. */
  ms: number;
  stdout: string;
  stderr: string;
}

export interface Program {
  origin: string;
  child: ChildProcess;
  as(userId: number): Promise<Client>;
  /** Sends the signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<Exit>;
}

const SOURCE = fileURLToPath(new URL('../../src/server.ts', import.meta.url));
/** Of the output only this much is kept: a test of many requests logs megabytes. */
const KEPT = 64 * 1024;

/** Settings for a forum file, with limits that are in no test's way and pictures on disk. */
export function settingsFor(forum: ForumFile, more: Settings = {}): Settings {
  return {
    DATABASE_PATH: forum.path,
    DISK_PATH: join(forum.folder, 'images'),
    JWT_SECRET,
    PORT: '0',
    MAX_ACTIVE_PER_USER: '1000',
    RATE_LIMIT_PER_MINUTE: '10000',
    CREDITS_PER_MONTH: '1000',
    POLL_INTERVAL_MS: '50',
    ...more,
  };
}

export function replicateSettings(double: ReplicateDouble): Settings {
  return {
    REPLICATE_API_TOKEN: double.token,
    REPLICATE_BASE_URL: double.url,
    REPLICATE_OUTPUT_ORIGINS: double.outputOrigin,
  };
}

export function s3Settings(s3: S3Server): Settings {
  return {
    S3_ENDPOINT: s3.endpoint,
    S3_FORCE_PATH_STYLE: 'true',
    AWS_REGION: s3.region,
    AWS_BUCKET_NAME: s3.bucket,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
  };
}

/**
 * Starts the program, or another copy of it, and waits until it listens.
 * @param hear gets all that it writes, from its first word on
 * @throws what it said, when it ends instead
 */
export async function startProgram(
  settings: Settings,
  command?: string[],
  hear?: (chunk: string) => void,
): Promise<Program> {
  const run = spawnProgram(settings, command);
  for (const stream of [run.child.stdout, run.child.stderr]) stream.on('data', (chunk) => hear?.(String(chunk)));
  const listening = new Promise<number>((resolve) => {
    run.child.stdout?.on('data', () => {
      const port = /"address":\{[^}]*"port":(\d+)\}.*"listening"/.exec(run.output.stdout)?.[1];
      if (port) resolve(Number(port));
    });
  });
  const port = await Promise.race([listening, run.exited]);
  if (typeof port !== 'number') throw new Error(`The program ended with ${port.code}: ${port.stderr}${port.stdout}`);
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    child: run.child,
    as: async (userId) => clientAt(origin, await tokenOf(userId)),
    async end(signal = 'SIGTERM') {
      const asked = Date.now();
      run.child.kill(signal);
      return { ...(await run.exited), ms: Date.now() - asked };
    },
  };
}

/** Runs the program until it ends by itself, as it does when it cannot start. */
export function runProgram(settings: Settings, command?: string[]): Promise<Exit> {
  return spawnProgram(settings, command).exited;
}

function spawnProgram(settings: Settings, [program = process.execPath, script = SOURCE]: string[] = []) {
  const started = Date.now();
  // Nothing of this process's environment but the search path: a developer's own keys must not reach a test.
  const child = spawn(program, [script], {
    env: { PATH: process.env.PATH, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk) => {
      output[name] = (output[name] + chunk).slice(-KEPT);
    });
  }
  const endWithUs = () => child.kill('SIGKILL');
  process.on('exit', endWithUs);
  const exited = once(child, 'close').then(([code, signal]): Exit => {
    process.off('exit', endWithUs);
    return { code, signal, ms: Date.now() - started, ...output };
  });
  return { child, output, exited };
}
