// Starts host.cjs as a process of its own, under this Node or an older one of the machine.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface HostSetup {
  target: string;
  /** Where the JSON parser stands: after the forwarding, or before it in one of its forms. */
  parser: 'none' | 'after' | 'json' | 'all' | 'verify' | 'raw';
  /** File of a certificate to trust. */
  trust?: string;
  mount?: string;
  timeoutMs?: number;
  log?: boolean;
}

interface HostState {
  crashes: number;
  sharedObjects: string[];
  modules: string[];
  node: string;
}

export interface Host {
  port: number;
  /** What the host has written to its console. */
  output(): string;
  /** Waits for the next line that the logger of the forwarding is given. */
  nextLog(): Promise<string>;
  state(): Promise<HostState>;
  stop(): Promise<void>;
}

/** This Node, and each older one (18 to 22) on the PATH outside of node_modules. */
export function nodes(): { version: string; path: string }[] {
  const found = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .map((folder) => join(folder, process.platform === 'win32' ? 'node.exe' : 'node'))
    .filter((path) => existsSync(path))
    .map((path) => ({ version: versionOf(path), path }))
    .filter(({ version }) => Number.parseInt(version, 10) >= 18 && Number.parseInt(version, 10) <= 22);
  const own = { version: process.versions.node, path: process.execPath };
  return [...new Map([...found, own].map((node) => [node.version, node])).values()];
}

function versionOf(path: string): string {
  return execFileSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim();
}

export async function startHost(setup: HostSetup, node = process.execPath): Promise<Host> {
  const child = spawn(node, [join(import.meta.dirname, 'host.cjs')], {
    env: {
      ...process.env,
      HOST_SETUP: JSON.stringify(setup),
      NODE_OPTIONS: '',
      ...(setup.trust ? { NODE_EXTRA_CA_CERTS: setup.trust } : {}),
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  const logged: string[] = [];
  child.on('message', (message: { log?: string }) => {
    if (message.log) logged.push(message.log);
    child.emit('logged');
  });
  const exited = once(child, 'exit').then(() => {
    throw new Error(`The host has ended: ${output}`);
  });
  exited.catch(() => {});
  const port = await Promise.race([answer<number>(child, 'port'), exited]);
  const state = () => {
    const reply = answer<HostState>(child, 'state');
    child.send('state');
    return Promise.race([reply, exited]);
  };
  return {
    port,
    output: () => output,
    nextLog: async () => {
      while (logged.length === 0) await Promise.race([once(child, 'logged'), exited]);
      return logged.shift() ?? '';
    },
    state,
    stop: async () => {
      child.kill('SIGKILL');
      await exited.catch(() => {});
    },
  };
}

function answer<Value>(child: ChildProcess, key: string): Promise<Value> {
  return new Promise((resolve) => {
    const listen = (message: Record<string, Value>) => {
      const value = message[key];
      if (value === undefined) return;
      child.off('message', listen);
      resolve(value);
    };
    child.on('message', listen);
  });
}
