// The double's answers and refusals in the API's own words.
import type { Reply } from './replicate-faults.ts';
import { type InvalidField, inputFaults, notAllowed, wrongType } from './replicate-model.ts';
import { openapiSchema, type PublishedModel } from './replicate-models.ts';

const TOP_LEVEL = ['version', 'input', 'webhook', 'webhook_events_filter', 'stream'];

/** @param model undefined when none can be told from the body */
export function bodyFaults(body: unknown, model: PublishedModel | undefined): InvalidField[] {
  const given: { version?: unknown; input?: unknown; webhook?: unknown; webhook_events_filter?: unknown } =
    (typeof body === 'object' && body) || {};
  const needed = model?.official ? ['input'] : ['version', 'input'];
  const unknown = Object.keys(given).filter(
    (key) => !TOP_LEVEL.includes(key) || (key === 'version' && model?.official),
  );
  const absent = needed.filter((key) => !(key in given));
  const { version = '', webhook = 'https://' } = given;
  const badVersion = typeof version === 'string' ? [] : [wrongType('string', version)];
  // Replicate takes https alone; a test's own machine is let through.
  const badWebhook = /^(https:|http:\/\/127\.0\.0\.1:)/.test(String(webhook)) ? [] : ["Does not match format 'uri'"];
  const events = [given.webhook_events_filter ?? []].flat();
  const strange = events.filter((event) => !['start', 'output', 'logs', 'completed'].includes(String(event)));
  return [
    ...absent.map((name) => ({ type: 'required', field: '', description: `${name} is required` })),
    ...unknown.map((name) => notAllowed('', name)),
    ...badVersion.map((description) => ({ type: 'invalid_type', field: 'version', description })),
    ...badWebhook.map((description) => ({ type: 'format', field: 'webhook', description })),
    ...strange.map((event) => ({ type: 'enum', field: 'webhook_events_filter', description: `${event} is no event` })),
    ...('input' in given && model ? inputFaults(given.input, model) : []),
  ];
}

/** `30`, `30s`, `5m`, `1h30m45s`; NaN for anything else, undefined when the header is absent. */
export function cancelAfterSeconds(header: string | string[] | undefined): number | undefined {
  if (header === undefined) return undefined;
  const match = /^(?=\d)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?$/.exec(String(header));
  const [hours, minutes, seconds] = match ? match.slice(1).map((part) => Number(part ?? 0)) : [];
  return (hours ?? NaN) * 3600 + (minutes ?? NaN) * 60 + (seconds ?? NaN);
}

export function versionObject(id: string, model: PublishedModel): object {
  const openapi_schema = openapiSchema(model);
  return { id, created_at: '2024-05-23T20:00:00.000000Z', cog_version: '0.9.5', openapi_schema };
}

export function json(status: number, body: object, type = 'application/json; charset=UTF-8'): Reply {
  const limits = { 'ratelimit-remaining': status === 201 ? '599' : '2999', 'ratelimit-reset': '1' };
  return { status, headers: { 'content-type': type, ...limits }, body: Buffer.from(`${JSON.stringify(body)}\n`) };
}

export function problem(status: number, body: object): Reply {
  return json(status, { ...body, status }, 'application/problem+json');
}

export function missing(): Reply {
  return problem(404, { detail: 'The requested resource could not be found.' });
}

export function unknownVersion(): Reply {
  const detail = "The specified version does not exist (or perhaps you don't have permission to use it?)";
  return problem(422, { title: 'Invalid version or not permitted', detail });
}

export function invalid(faults: InvalidField[]): Reply {
  const lines = faults.map(({ field, description }) => `- ${field.includes('.') ? `${field}: ` : ''}${description}\n`);
  return problem(422, { title: 'Input validation failed', detail: lines.join(''), invalid_fields: faults });
}
