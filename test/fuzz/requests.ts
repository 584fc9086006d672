// Random requests: for every route of the OpenAPI document something nearly right, then bent; and addresses that no route has.
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { CHARACTERS, GOOD, NASTY_IDS, NASTY_TEXT, NO_ROUTES, RAW_BODIES } from './nasty.ts';

export interface FuzzRequest {
  user: 'anonymous' | 'player' | 'other' | 'gm' | 'admin' | 'nobody' | 'junk';
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer | undefined;
}

interface Schema {
  $ref?: string;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  maxItems?: number;
}
interface Operation {
  parameters: { name: string; in: string }[];
  requestBody?: { content: { 'application/json': { schema: Schema } } };
}
export interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const one = <T>(...values: T[]) => fc.constantFrom(...values);
const text = fc.oneof(
  {
    weight: 5,
    arbitrary: one('Aino', 'a pier at night', 'red braid, green eyes', 'satama yöllä', 'anime', 'same', '1'),
  },
  { weight: 3, arbitrary: one(...NASTY_TEXT) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
);
const number = fc.oneof(
  fc.integer({ min: -2, max: 9 }),
  one(2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, -(2 ** 53), 1e308, -1e308, 5e-324, 0.1, -0),
  fc.double(),
);
const junk: fc.Arbitrary<unknown> = fc.oneof(
  text,
  number,
  one<unknown>(null, true, false, [], {}, [[]], [null], { length: 3 }, { toString: 1 }, { $gt: '' }, '1', [1, 1]),
  fc.anything({ maxDepth: 3, withNullPrototype: false }),
);

/** A value that a schema allows, or nearly so. */
function valueFor(schema: Schema, all: OpenApi): fc.Arbitrary<unknown> {
  if (schema.$ref) return valueFor(all.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, all);
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum) return one(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((option) => valueFor(option, all)));
  switch (schema.type) {
    case 'object':
      return objectOf(schema, all);
    case 'array':
      return fc.array(valueFor(schema.items ?? {}, all), { maxLength: Math.min(5, schema.maxItems ?? 5) });
    case 'string':
      return fc.oneof({ weight: 6, arbitrary: one('Aino', 'a quiet bay', 'anime', 'TOK') }, text);
    case 'integer':
      return fc.oneof({ weight: 6, arbitrary: fc.integer({ min: schema.minimum ?? 0, max: 4 }) }, number);
    case 'number':
      return fc.oneof({ weight: 4, arbitrary: one(0, 0.5, 1) }, number);
    default:
      return junk;
  }
}

function objectOf({ properties = {}, required = [] }: Schema, all: OpenApi): fc.Arbitrary<unknown> {
  const fields = Object.entries(properties).map(([name, field]) => {
    const nearlyAlways = required.includes(name);
    const value = fc.oneof({ weight: 14, arbitrary: valueFor(field, all) }, junk);
    return fc.option(value, { nil: undefined, freq: nearlyAlways ? 30 : 1 }).map((chosen) => [name, chosen] as const);
  });
  const stray = fc.option(
    fc.tuple(one('user_id', 'cost', 'role', 'is_admin', '__proto__', 'constructor', 'webhook', ...NASTY_TEXT), junk),
    { nil: undefined, freq: 1 },
  );
  return fc.tuple(fc.tuple(...fields), fc.nat(9), stray).map(([chosen, dice, more]) => {
    const entries = chosen.filter(([, value]) => value !== undefined);
    return Object.fromEntries(dice === 0 && more ? [...entries, more] : entries);
  });
}

const rawBody = fc.oneof(
  one(...RAW_BODIES).map((raw) => Buffer.from(raw)),
  one(Buffer.from([0xff, 0xfe, 0x7b, 0x00]), Buffer.from('{"scene":"\xff\xc3"}', 'latin1'), Buffer.alloc(300)),
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
);

/** One field of a good body is left out, spoilt or added; or none is. */
function bent(schema: Schema): fc.Arbitrary<unknown> {
  const named = [schema, ...(schema.anyOf ?? [])].flatMap(({ $ref = '' }) => GOOD[$ref.split('/').at(-1) ?? ''] ?? []);
  if (named.length === 0) return fc.constant({});
  return one(...named).chain((good) => {
    const spoilt = fc.tuple(one(...Object.keys(good), 'seed', 'user_id'), junk).map((field) => {
      return Object.fromEntries([...Object.entries(good), field]);
    });
    return fc.oneof(fc.constant(good), spoilt);
  });
}

function bodyOf(operation: Operation | undefined, all: OpenApi): fc.Arbitrary<Buffer | undefined> {
  const schema = operation?.requestBody?.content['application/json'].schema;
  const proper = schema
    ? fc.oneof(valueFor(schema, all), bent(schema)).map((value) => Buffer.from(JSON.stringify(value) ?? ''))
    : fc.constant(undefined);
  return fc.oneof(
    { weight: 12, arbitrary: proper as fc.Arbitrary<Buffer | undefined> },
    { weight: 2, arbitrary: rawBody },
    { weight: 1, arbitrary: fc.json({ maxDepth: 4 }).map((json) => Buffer.from(json)) },
  );
}

const encoded = text.map((value) => encodeURIComponent(value.slice(0, 200).toWellFormed()));

function pathOf(template: string, operation: Operation, known: string[]): fc.Arbitrary<string> {
  const id = fc.oneof(
    { weight: 6, arbitrary: one('1', '2') },
    { weight: 5, arbitrary: fc.integer({ min: 1, max: CHARACTERS }).map(String) },
    { weight: 3, arbitrary: one(...NASTY_IDS) },
    { weight: 1, arbitrary: encoded },
  );
  const generation = fc.oneof({ weight: 5, arbitrary: one(...known) }, id);
  const parts = template.split('/').map((part) => {
    if (!part.startsWith('{')) return fc.constant(part);
    return part === '{name}' ? fc.oneof(encoded, id) : template.startsWith('/generations/') ? generation : id;
  });
  const names = operation.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  const asked = fc.array(
    fc.tuple(one(...names, 'limit', 'x', '__proto__'), fc.oneof(id, one('1', 'story', 'newest'))),
    {
      maxLength: 3,
    },
  );
  const query = fc.oneof(
    { weight: 6, arbitrary: asked.map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join('&')) },
    one(
      '&&&',
      '=',
      'limit[]=1',
      'limit[a]=1',
      '%',
      '%00=%00',
      'cursor=WzFd',
      'cursor=!!!',
      `cursor=${'A'.repeat(400)}`,
    ),
    one('post_ids=1,2,3', 'post_ids=', `post_ids=${'1,'.repeat(200)}1`),
  );
  return fc.tuple(fc.tuple(...parts), query, fc.nat(2)).map(([path, search, dice]) => {
    return `/api${path.join('/')}${dice === 0 || names.length > 0 ? `?${search}` : ''}`;
  });
}

const headers: fc.Arbitrary<Record<string, string>> = fc
  .record(
    {
      'content-type': fc.oneof(
        { weight: 14, arbitrary: one('application/json') },
        one('application/json; charset=utf-8', 'application/json; charset=utf-16', 'application/json;charset=x'),
        one('text/plain', 'multipart/form-data; boundary=b', 'application/x-www-form-urlencoded', '', '/', 'json'),
      ),
    },
    { requiredKeys: ['content-type'] },
  )
  .chain((base) =>
    fc
      .record(
        {
          'idempotency-key': one('one', 'two', 'three', '', ' ', 'x'.repeat(65), 'ä', 'a b'),
          'content-encoding': one('gzip', 'br', 'nonsense', 'identity', 'deflate', 'gzip, gzip'),
          origin: one('null', 'https://evil.test', 'http://127.0.0.1', 'junk', ''),
          'sec-fetch-site': one('same-origin', 'cross-site', 'none', 'x'),
          'x-request-id': one('good-id', 'x'.repeat(200), '<b>', 'a b', ''),
          'last-event-id': one('0', '999', '-1', 'x', '\xff'),
          'x-http-method-override': one('DELETE', 'PUT'),
          'x-forwarded-for': one('1.2.3.4', 'x'),
          range: one('bytes=0-1', 'bytes=9999999-', 'bytes=x'),
          'if-none-match': one('*', 'W/"x"'),
          accept: one('text/html', 'image/webp', '*/*;q=x'),
        },
        { requiredKeys: [] },
      )
      // Each of them now and then only, or hardly any request would get past the guards.
      .chain((extra) => fc.subarray(Object.entries(extra), { maxLength: 1 }))
      .map((chosen) => ({ ...base, ...Object.fromEntries(chosen) })),
  );

const user = fc.oneof(
  { weight: 12, arbitrary: one('player', 'player', 'gm', 'admin', 'other') },
  one('anonymous', 'nobody', 'junk'),
) as fc.Arbitrary<FuzzRequest['user']>;
const OTHER_METHODS = ['HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE', 'POST', 'GET', 'TRACE', 'PROPFIND', 'SEARCH'];

/** An order to stop all spending refuses every later picture, and erasures soon leave nobody to ask anything: such come last. */
const ENDS_THE_GAME = /^put \/image-admin\/spending$|^post .*(\/erase|\/image-erasure)$/;

interface Route {
  method: string;
  template: string;
  operation: Operation;
}

/** For every route, or for those alone that end the game. */
export function fuzzRequests(api: OpenApi, known: string[], { last = false } = {}): fc.Arbitrary<FuzzRequest> {
  const routes = routesOf(api).filter(({ method, template }) => ENDS_THE_GAME.test(`${method} ${template}`) === last);
  const weighted = routes.map(({ method, template, operation }) => {
    const verb = fc.oneof({ weight: 9, arbitrary: one(method.toUpperCase()) }, one(...OTHER_METHODS));
    const arbitrary = fc.tuple(verb, pathOf(template, operation, known), bodyOf(operation, api));
    // Else everything would soon be deleted, and nothing left to be read or changed.
    return { weight: method === 'delete' ? 2 : 5, arbitrary };
  });
  const nowhere = {
    weight: 10,
    arbitrary: fc.tuple(one(...OTHER_METHODS), one(...NO_ROUTES), bodyOf(undefined, api)),
  };
  return fc
    .tuple(fc.oneof(...weighted, nowhere), user, headers, fc.nat(3))
    .map(([[method, path, body], who, extra, dice]) => {
      const compressed = extra['content-encoding'] === 'gzip' && dice > 0 && body;
      return { user: who, method, path, headers: extra, body: compressed ? gzipSync(body) : body };
    });
}

function routesOf(api: OpenApi): Route[] {
  return Object.entries(api.paths).flatMap(([template, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method, template, operation })),
  );
}
