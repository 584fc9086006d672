// The OpenAPI document, made from the very declarations that the routes run by, and a page to browse it without internet.
import { type RequestHandler, Router } from 'express';
import swaggerUi from 'swagger-ui-express';
import { z } from 'zod';
import { ErrorReply } from '../contract.ts';
import type { RouteInfo } from './route.ts';

const REF = '#/components/schemas/';

/** @returns an OpenAPI 3.1 document; paths are below `base` */
export function openApiDocument(routes: RouteInfo[], base = '/api'): Record<string, unknown> {
  const schemas: Record<string, unknown> = {};
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(route, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'forum-ai-images',
      version: '1',
      description: "AI pictures of a role-playing forum's characters.",
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: base }],
    security: [{ cookie: [] }, { bearer: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        cookie: { type: 'apiKey', in: 'cookie', name: 'token' },
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      },
    },
  };
}

function operation(route: RouteInfo, schemas: Record<string, unknown>): Record<string, unknown> {
  const body = route.documentedBody ?? route.body;
  return {
    operationId: `${route.method}${route.path.replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    tags: [route.tag],
    summary: route.summary,
    ...(route.public && { security: [] }),
    parameters: [...parameters('path', route.params), ...parameters('query', route.query), ...idempotency(route)],
    ...(body && { requestBody: { content: content(body, 'input', schemas) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.replies).map(([status, schema]) => [status, reply(route, schema, schemas)]),
      ),
      default: { description: 'What went wrong', content: content(ErrorReply, 'output', schemas) },
    },
  };
}

function parameters(place: 'path' | 'query', object: z.ZodObject | undefined): unknown[] {
  const fields = Object.entries(object?.shape ?? {}) as [string, z.ZodType][];
  return fields.map(([name, field]) => ({
    name,
    in: place,
    required: place === 'path' || !field.safeParse(undefined).success,
    schema: { type: 'string' },
  }));
}

function idempotency(route: RouteInfo): unknown[] {
  if (!route.generates && !route.repeatable) return [];
  const description = 'Chosen by the client; the same key and body get the same answer and count once';
  return [
    { name: 'Idempotency-Key', in: 'header', required: false, description, schema: { type: 'string', maxLength: 64 } },
  ];
}

function reply(route: RouteInfo, schema: z.ZodType | null, schemas: Record<string, unknown>): Record<string, unknown> {
  return { description: 'Done', ...(schema && { content: content(schema, 'output', schemas, route.mediaType) }) };
}

/** Schemas with an id become components once; the others are written where they stand. */
function content(
  schema: z.ZodType,
  io: 'input' | 'output',
  schemas: Record<string, unknown>,
  mediaType = 'application/json',
): Record<string, unknown> {
  const { $defs = {}, $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  for (const [name, definition] of Object.entries($defs)) schemas[name] = pointToComponents(definition);
  const id = typeof rest.id === 'string' ? rest.id : undefined;
  if (id) schemas[id] = pointToComponents(rest);
  return { [mediaType]: { schema: id ? { $ref: REF + id } : pointToComponents(rest) } };
}

function pointToComponents(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', `"${REF}`));
}

/** Serves the document at /image-openapi.json and its browser at /image-docs/. */
export function openApiRouter(routes: RouteInfo[], guards: RequestHandler[]): Router {
  const document = openApiDocument(routes);
  const router = Router();
  router.get('/image-openapi.json', ...guards, (_req, res) => void res.json(document));
  // Without validatorUrl: null the page would send the document's address to a validator on the internet.
  const swaggerOptions = { url: '../image-openapi.json', validatorUrl: null };
  const options = { swaggerOptions, customSiteTitle: 'forum-ai-images' };
  router.use('/image-docs', ...guards, swaggerUi.serveFiles(undefined, options), swaggerUi.setup(undefined, options));
  return router;
}
