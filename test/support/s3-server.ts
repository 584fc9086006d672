// Starts a real S3 server (Ceph's radosgw) for one test file and hands out fresh buckets; it dies with the test process.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';

export interface S3Server {
  endpoint: string;
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
  /** Anyone may read `games/*` in it, and nothing else. */
  bucket: string;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL('radosgw.sh', import.meta.url));
const PROGRAMS = ['ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'ceph', 'ceph-authtool', 'monmaptool'];
const CREDENTIALS = { accessKeyId: 'tester', secretAccessKey: 'tester-secret' };
const REGION = 'us-east-1';

/** Whether this machine has the programs; when not, says once per test file what to install. */
export function s3Available(): boolean {
  const missing = PROGRAMS.filter((program) => !onPath(program));
  if (missing.length === 0) return true;
  console.warn(
    `S3 tests are skipped: ${missing.join(', ')} missing. Install the Debian packages ceph-mon ceph-osd radosgw ceph-common.`,
  );
  return false;
}

/** A server of the caller's own: with its maps kept unbatched Ceph starts in about a second, so sharing one buys nothing. */
export async function startS3(): Promise<S3Server> {
  const { child, endpoint } = await startOnFreePorts(3);
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.stdin?.end();
    await exited;
  };
  try {
    const bucket = await createBucket(endpoint);
    return { endpoint, ...CREDENTIALS, region: REGION, bucket, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Another fresh bucket on a running server, with the same policy. */
export async function createBucket(endpoint: string): Promise<string> {
  const bucket = `pictures-${randomBytes(6).toString('hex')}`;
  const client = new S3Client({ endpoint, region: REGION, credentials: CREDENTIALS, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: publicPictures(bucket) }));
  client.destroy();
  return bucket;
}

function publicPictures(bucket: string): string {
  const statement = {
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${bucket}/games/*`,
  };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

/** A port found free may be taken a moment later by another test process, hence the tries. */
async function startOnFreePorts(tries: number): Promise<{ child: ChildProcess; endpoint: string }> {
  const [port, monitorPort] = await freePorts();
  try {
    return { child: await spawnServer(port, monitorPort), endpoint: `http://127.0.0.1:${port}` };
  } catch (error) {
    if (tries <= 1) throw error;
    return startOnFreePorts(tries - 1);
  }
}

/** Its standard input is the lifeline: when this process ends, however it does, the script ends the server. */
async function spawnServer(port: number, monitorPort: number): Promise<ChildProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'radosgw-'));
  const child = spawn(SCRIPT, ['run', folder, String(port), String(monitorPort)], {
    // In a process group of its own, or Ctrl-C would end the script before it has ended the server.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, S3_ACCESS_KEY: CREDENTIALS.accessKeyId, S3_SECRET_KEY: CREDENTIALS.secretAccessKey },
  });
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('ready ')) return child;
  }
  throw new Error(`The S3 server did not start: ${complaint.trim()}`);
}

/** Both are held at once, so that they differ. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()] as const;
  const ports = servers.map(async (server) => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as { port: number }).port;
  });
  const found = await Promise.all(ports);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return found as [number, number];
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
