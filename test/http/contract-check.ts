// Holds every reply against the OpenAPI document that the service itself publishes: path, status and shape.
import { expect } from 'vitest';
import { z } from 'zod';
import type { Client, Reply } from '../support/service.ts';

type Json = Record<string, unknown>;
interface Operation {
  responses: Record<string, { content?: Record<string, { schema: Json }> }>;
}
export interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation & Json>>;
  components: { schemas: Json };
}

/** Throws when a reply is not what the document says. */
export type Check = (method: string, path: string, reply: Reply) => void;

export function createCheck(document: Document): Check {
  const $defs = toDefs(document.components.schemas) as Json;
  const compiled = new Map<unknown, z.ZodType>();
  const compile = (schema: Json) => {
    const known = compiled.get(schema) ?? z.fromJSONSchema({ ...(toDefs(schema) as Json), $defs } as never);
    compiled.set(schema, known);
    return known;
  };
  const patterns = Object.keys(document.paths).map((path) => ({
    path,
    pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
  }));
  return (method, path, { status, body }) => {
    const at = patterns.find(({ pattern }) => pattern.test(path.split('?')[0] ?? ''));
    const operation = at && document.paths[at.path]?.[method.toLowerCase()];
    if (!operation) return expect(status, `${method} ${path} is not in the document`).toBe(404);
    const response = operation.responses[status] ?? (status >= 400 ? operation.responses.default : undefined);
    expect(response, `${method} ${path} answered ${status}, which is not in the document`).toBeDefined();
    const schema = response?.content?.['application/json']?.schema;
    if (!schema) return expect(body).toBe('');
    const { error } = compile(schema).safeParse(body);
    expect(error?.issues, `${method} ${path} ${status}: ${JSON.stringify(body)}`).toBeUndefined();
  };
}

function toDefs(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/schemas/', '"#/$defs/'));
}

export function checkedClient(client: Client, check: Check): Client {
  const held = async (method: string, path: string, reply: Promise<Reply>) => {
    const received = await reply;
    check(method, path, received);
    return received;
  };
  return {
    get: (path, headers) => held('GET', path, client.get(path, headers)),
    post: (path, body, headers) => held('POST', path, client.post(path, body, headers)),
    put: (path, body) => held('PUT', path, client.put(path, body)),
    patch: (path, body) => held('PATCH', path, client.patch(path, body)),
    delete: (path) => held('DELETE', path, client.delete(path)),
    finished: client.finished,
  };
}
