// A thorough look at a bucket on a real server that enforces policies: what is right is told as right, each fault by its name.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { S3Config } from '../../src/config.ts';
import { createS3Storage } from '../../src/storage/s3.ts';
import type { Finding } from '../../src/storage/storage.ts';
import { openStage } from '../http/stage.ts';
import { s3Settings } from '../support/program.ts';
import { type S3Server, s3Available, startS3 } from '../support/s3-server.ts';

type Statement = Record<string, unknown>;
interface Policy {
  Version: string;
  Statement: Statement[];
}

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const bucketChapter = README.slice(
  README.indexOf('### The bucket'),
  README.indexOf('\n### ', README.indexOf('### The bucket') + 4),
);
const [forAll, forCloudFront, forService] = [...bucketChapter.matchAll(/```json\n(.*?)```/gs)].map(
  ([, text = '']) =>
    (bucket: string) =>
      JSON.parse(text.replaceAll('kuvatjakalat', bucket)) as Policy,
) as [(bucket: string) => Policy, (bucket: string) => Policy, (bucket: string) => Policy];

/** That S3 has for objects and their versions, lists and settings of a bucket. */
const ACTIONS = [
  ...['PutObject', 'GetObject', 'DeleteObject', 'PutObjectAcl', 'GetObjectAcl', 'AbortMultipartUpload'],
  ...['GetObjectVersion', 'DeleteObjectVersion', 'ListBucket', 'ListBucketVersions', 'ListBucketMultipartUploads'],
  ...[
    'GetBucketVersioning',
    'PutBucketVersioning',
    'GetBucketAcl',
    'PutBucketAcl',
    'GetBucketLocation',
    'GetBucketPolicy',
  ],
].map((name) => `s3:${name}`);

const failing = (findings: Pick<Finding, 'name' | 'ok'>[]) => findings.filter(({ ok }) => !ok).map(({ name }) => name);
const messageOf = (findings: Finding[], name: string) => findings.find((finding) => finding.name === name)?.message;

describe.skipIf(!s3Available())('on radosgw', () => {
  let server: S3Server;
  let client: S3Client;

  beforeAll(async () => {
    server = await startS3();
    const { endpoint, region, accessKeyId, secretAccessKey } = server;
    client = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
  });
  afterAll(() => server?.stop());

  /** A fresh bucket with this policy; undefined for none. */
  async function bucketWith(policy: ((bucket: string) => Policy) | undefined): Promise<string> {
    const bucket = `try-${randomBytes(6).toString('hex')}`;
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    if (policy)
      await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify(policy(bucket)) }));
    return bucket;
  }

  function inspect(bucket: string, part: Partial<S3Config> = {}): Promise<Finding[]> {
    const { endpoint, region, accessKeyId, secretAccessKey } = server;
    const credentials = { accessKeyId, secretAccessKey };
    const place = {
      kind: 's3',
      endpoint,
      region,
      bucket,
      credentials,
      forcePathStyle: true,
      publicBaseUrl: undefined,
    } as const;
    return createS3Storage({ ...place, ...part }).inspect('');
  }

  /** Of all objects and all their versions: nothing that was written for trying may stay. */
  async function leftIn(bucket: string): Promise<number> {
    const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    return Versions.length + DeleteMarkers.length;
  }

  const allow = (action: string, place: string) => (bucket: string) => {
    const resource = `arn:aws:s3:::${bucket}${place}`;
    const own = { Effect: 'Allow', Principal: '*', Action: action, Resource: resource };
    const pictures = { ...own, Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/games/*` };
    return { Version: '2012-10-17', Statement: [pictures, own] };
  };

  test('a bucket as it should be has nothing to mend, and nothing is left in it', async () => {
    const bucket = await bucketWith(allow('s3:GetObject', '/games/*'));
    const findings = await inspect(bucket);
    expect(failing(findings)).toEqual([]);
    expect(findings.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'write',
        'read',
        'delete',
        'list',
        'public_read',
        'staging_hidden',
        'quarantine_hidden',
        'anonymous_list',
        'anonymous_write',
        'anonymous_delete',
        'versioning',
        'tls',
      ]),
    );
    expect(await leftIn(bucket)).toBe(0);
  });

  test.each<[string, ((bucket: string) => Policy) | undefined, string[]]>([
    ['no public read', undefined, ['public_read']],
    ['a public list', allow('s3:ListBucket', ''), ['anonymous_list']],
    ['public writes of pictures', allow('s3:PutObject', '/games/*'), ['anonymous_write']],
    ['public writes elsewhere', allow('s3:PutObject', '/staging/*'), ['anonymous_write']],
    ['public deletes', allow('s3:DeleteObject', '/games/*'), ['anonymous_delete']],
    ['a public quarantine', allow('s3:GetObject', '/quarantine/*'), ['quarantine_hidden']],
    ['a public staging/', allow('s3:GetObject', '/staging/*'), ['staging_hidden']],
    [
      'all of it public',
      allow('s3:*', '*'),
      ['anonymous_delete', 'anonymous_list', 'anonymous_write', 'quarantine_hidden', 'staging_hidden'],
    ],
  ])('%s is told by its name', async (_what, policy, expected) => {
    const bucket = await bucketWith(policy);
    const findings = await inspect(bucket);
    expect(failing(findings).sort()).toEqual(expected);
    for (const { ok, severity, message } of findings) {
      if (!ok) expect(severity).toBe('error');
      expect(message).toMatch(/^[A-Z].*\.$/);
      expect(message).not.toContain(bucket);
    }
    expect(await leftIn(bucket)).toBe(0);
  });

  test('versioning is a warning, since the bytes of what is deleted stay; those of the trial do not', async () => {
    const bucket = await bucketWith(allow('s3:GetObject', '/games/*'));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
    const findings = await inspect(bucket);
    expect(failing(findings)).toEqual(['versioning']);
    expect(findings.find(({ name }) => name === 'versioning')?.severity).toBe('warning');
    expect(await leftIn(bucket)).toBe(0);
  });

  test.each([
    ['a wrong secret', { credentials: { accessKeyId: 'tester', secretAccessKey: 'wrong' } }, 'AWS_SECRET_ACCESS_KEY'],
    ['an unknown key', { credentials: { accessKeyId: 'nobody', secretAccessKey: 'x' } }, 'AWS_ACCESS_KEY_ID'],
    ['a missing bucket', { bucket: 'no-such-bucket' }, 'AWS_BUCKET_NAME'],
  ])('%s is told by the setting', async (_what, part, setting) => {
    const findings = await inspect(server.bucket, part);
    expect(failing(findings)).toEqual(['write']);
    expect(messageOf(findings, 'write')).toContain(setting);
    expect(JSON.stringify(findings)).not.toMatch(/wrong|tester|nobody|no-such/);
  });

  test('a service that may not list is warned that its daily comparison cannot be', async () => {
    const bucket = await bucketWith((name) => {
      const { Version, Statement } = allow('s3:GetObject', '/games/*')(name);
      const denied = { Effect: 'Deny', Principal: '*', Action: 's3:ListBucket', Resource: `arn:aws:s3:::${name}` };
      return { Version, Statement: [...Statement, denied] };
    });
    const findings = await inspect(bucket);
    expect(failing(findings)).toContain('list');
    expect(findings.filter(({ ok, severity }) => !ok && severity === 'error')).toEqual([]);
  });

  describe('the policies of the README', () => {
    test('the one for everybody is all that a bucket needs, by the route that admins have', async () => {
      const bucket = await bucketWith(forAll);
      await using stage = await openStage({ env: { ...s3Settings(server), AWS_BUCKET_NAME: bucket } });
      const { status, body } = await stage.admin.post('/image-admin/storage/check');
      expect([status, body.ok, body.storage, failing(body.checks)]).toEqual([200, true, 's3', []]);
    });

    test('a wrong one is told by the route, too, with 200 and ok: false', async () => {
      const bucket = await bucketWith(allow('s3:ListBucket', ''));
      await using stage = await openStage({ env: { ...s3Settings(server), AWS_BUCKET_NAME: bucket } });
      const { status, body } = await stage.admin.post('/image-admin/storage/check');
      expect([status, body.ok, failing(body.checks)]).toEqual([200, false, ['anonymous_list']]);
      expect((await stage.elina.post('/image-admin/storage/check')).status).toBe(404);
      const { items } = (await stage.admin.get('/image-admin/audit')).body;
      expect(items).toMatchObject([{ action: 'storage.check', details: { ok: false, failed: ['anonymous_list'] } }]);
    });

    test('the one for CloudFront: nobody else reads, and pictures come through it', async () => {
      const [statement] = forCloudFront('kuvatjakalat').Statement;
      expect(statement).toMatchObject({
        Effect: 'Allow',
        Principal: { Service: 'cloudfront.amazonaws.com' },
        Action: 's3:GetObject',
        Resource: 'arn:aws:s3:::kuvatjakalat/games/*',
      });
      const bucket = await bucketWith(undefined);
      const prefix = String(statement?.Resource).split(':::kuvatjakalat/')[1]?.replace('*', '') ?? '';
      await using cdn = await openCdn(bucket, prefix);
      expect(failing(await inspect(bucket, { publicBaseUrl: cdn.origin }))).toEqual([]);
      await using careless = await openCdn(bucket, '');
      const found = failing(await inspect(bucket, { publicBaseUrl: careless.origin }));
      expect(found.sort()).toEqual(['quarantine_hidden', 'staging_hidden']);
    });

    /** What the README does not name is denied, also to the bucket's owner; and what is left out. radosgw knows no NotAction. */
    const onlyOwnRights = (leftOut: string) => (bucket: string) => {
      const [objects, list] = forService(bucket).Statement as [Statement, Statement];
      const resource = `arn:aws:s3:::${bucket}`;
      const allBut = (named: unknown) =>
        ACTIONS.filter((action) => action === leftOut || ![named].flat().includes(action));
      const deny = { Effect: 'Deny', Principal: '*' };
      const statements = [
        { ...deny, Action: allBut(objects.Action), Resource: `${resource}/*` },
        { ...deny, Action: allBut(list.Action), Resource: resource },
      ];
      const { Version, Statement } = allow('s3:GetObject', '/games/*')(bucket);
      return { Version, Statement: [...Statement, ...statements] };
    };

    test('the service is given its three folders alone', () => {
      const [objects, list] = forService('b').Statement;
      expect(objects?.Resource).toEqual(['games', 'staging', 'quarantine'].map((name) => `arn:aws:s3:::b/${name}/*`));
      expect(list?.Resource).toBe('arn:aws:s3:::b');
    });

    test.each([
      ['nothing', []],
      ['s3:PutObject', ['write']],
      ['s3:GetObject', ['read']],
      ['s3:DeleteObject', ['delete']],
      ['s3:ListBucket', ['list']],
    ])('of the rights of the service, without %s there is missing: %j', async (leftOut, missing) => {
      const found = failing(await inspect(await bucketWith(onlyOwnRights(leftOut))));
      expect(found).toEqual(expect.arrayContaining(missing));
      if (missing.length === 0) expect(found).toEqual([]);
    });
  });

  /** What stands before a private bucket: it alone reads, by its own credentials, and no more than the policy lets it. */
  async function openCdn(bucket: string, prefix: string) {
    const cdn = createServer(async (request, response) => {
      const Key = (request.url ?? '').slice(1);
      try {
        if (request.method !== 'GET' || !Key.startsWith(prefix) || Key === '') throw new Error('not allowed');
        const { Body, ContentType } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
        response.writeHead(200, { 'content-type': ContentType ?? '' }).end(await Body?.transformToByteArray());
      } catch {
        response.writeHead(403).end();
      }
    });
    await new Promise<void>((resolve) => cdn.listen(0, '127.0.0.1', resolve));
    return {
      origin: `http://127.0.0.1:${(cdn.address() as AddressInfo).port}`,
      async [Symbol.asyncDispose]() {
        cdn.closeAllConnections();
        await new Promise((resolve) => cdn.close(resolve));
      },
    };
  }
});
