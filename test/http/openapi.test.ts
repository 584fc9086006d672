// The published contract: complete, sound in itself, and browsable without any other site.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const ROUTES = [
  'GET /image-styles',
  'POST /games/{gameId}/characters',
  'GET /games/{gameId}/characters',
  'GET /characters/{id}',
  'PATCH /characters/{id}',
  'DELETE /characters/{id}',
  'POST /characters/{id}/reference-images',
  'GET /characters/{id}/reference-images',
  'PUT /characters/{id}/reference-image',
  'POST /characters/{id}/lora-trainings',
  'GET /characters/{id}/lora-trainings',
  'GET /characters/{id}/lora-trainings/{trainingId}',
  'DELETE /characters/{id}/lora-trainings/{trainingId}',
  'GET /characters/{id}/looks',
  'PUT /characters/{id}/looks',
  'GET /characters/{id}/looks/{name}',
  'PUT /characters/{id}/looks/{name}',
  'DELETE /characters/{id}/looks/{name}',
  'POST /posts/{postId}/images',
  'GET /posts/{postId}/images',
  'POST /games/{gameId}/images',
  'GET /games/{gameId}/images',
  'POST /games/{gameId}/prompt-preview',
  'POST /games/{gameId}/scene-suggestions',
  'POST /characters/{id}/prompt-preview',
  'GET /post-images',
  'GET /post-images/{id}',
  'DELETE /post-images/{id}',
  'POST /post-images/{id}/regenerate',
  'POST /post-images/{id}/report',
  'GET /generations',
  'GET /generations/{id}',
  'GET /generations/{id}/events',
  'DELETE /generations/{id}',
  'POST /webhooks/replicate',
  'GET /image-credits',
  'GET /image-credits/entries',
  'GET /image-admin/users/{id}/credits',
  'POST /image-admin/users/{id}/credits',
  'GET /image-admin/users/{id}/credits/entries',
  'GET /image-admin/usage',
  'GET /image-admin/spending',
  'PUT /image-admin/spending',
  'GET /image-export',
  'POST /image-erasure',
  'GET /image-erasure',
  'POST /image-admin/users/{id}/erase',
  'GET /image-admin/users/{id}/erasure',
  'GET /image-admin/users/{id}/export',
  'GET /image-admin/reports',
  'POST /image-admin/reports/{id}/resolve',
  'POST /image-admin/post-images/{id}/takedown',
  'POST /image-admin/post-images/{id}/restore',
  'POST /image-admin/reference-images/{id}/takedown',
  'POST /image-admin/reference-images/{id}/restore',
  'GET /image-admin/consistency-reports',
  'GET /image-admin/consistency-reports/{name}',
  'GET /image-healthz',
  'GET /image-readyz',
];

describe('the document', () => {
  const operations = () =>
    Object.entries(stage.document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
    );

  test.each(ROUTES)('lists %s', (route) => {
    expect(operations().map(({ method, path }) => `${method} ${path}`)).toContain(route);
  });

  test('is of version 3.1, and each operation has its own name, a summary and a tag', () => {
    expect(stage.document.openapi).toMatch(/^3\.1\./);
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { operation } of operations()) {
      expect(operation.summary).toEqual(expect.any(String));
      expect(operation.tags).toEqual([expect.any(String)]);
      expect(Object.keys(operation.responses).length).toBeGreaterThanOrEqual(2);
    }
  });

  test('declares exactly the parameters that its paths have', () => {
    for (const { path, operation } of operations()) {
      const inPath = (operation.parameters as { in: string; name: string; required: boolean }[]).filter(
        (parameter) => parameter.in === 'path',
      );
      const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      expect(inPath.map(({ name }) => name)).toEqual(names);
      expect(inPath.every(({ required }) => required)).toBe(true);
    }
  });

  test('points at nothing that is not in it', () => {
    const text = JSON.stringify(stage.document);
    const refs = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(refs.length).toBeGreaterThan(20);
    const schemas = Object.keys(stage.document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect(refs.filter((ref) => !schemas.includes(ref))).toEqual([]);
    expect(text).not.toContain('$defs');
  });

  test('says what a body may be, and where a key may be sent', () => {
    const post = stage.document.paths['/posts/{postId}/images']?.post;
    expect(JSON.stringify(post?.requestBody)).toMatch(/PictureRequest.*AttachDraft/);
    expect(JSON.stringify(post?.parameters)).toContain('Idempotency-Key');
    expect(JSON.stringify(stage.document.components.schemas)).toContain('"1:1","2:3","3:2","3:4","4:3","9:16","16:9"');
  });
});

describe('the page to browse it', () => {
  const load = async (path: string) => {
    const response = await fetch(stage.service.origin + path);
    return { status: response.status, url: response.url, headers: response.headers, text: await response.text() };
  };

  test('is served with all its parts, also when asked for without the slash', async () => {
    const page = await load('/api/image-docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    const parts = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) {
      expect(part).not.toMatch(/^(https?:)?\/\//);
      expect((await load(new URL(part, page.url).pathname)).status).toBe(200);
    }
  });

  test('reads the document from beside it and asks no other site', async () => {
    const page = await load('/api/image-docs');
    const init = await load('/api/image-docs/swagger-ui-init.js');
    const [, url] = /"url": "([^"]+)"/.exec(init.text) ?? [];
    expect(new URL(url ?? '', page.url).pathname).toBe('/api/image-openapi.json');
    expect(init.text).not.toMatch(/https?:\/\//);
    // Left to itself the browser would send the document's address to a validator on the internet.
    expect(init.text).toContain('"validatorUrl": null');
  });
});
