// Reads a stream of server-sent events as it comes.
import type { Generation } from '../../src/contract.ts';

export interface GenerationEvent {
  event: string;
  id: string;
  data: Generation;
}

export interface EventReader {
  response: Response;
  /** The next event; undefined at the end. */
  next(): Promise<GenerationEvent | undefined>;
  /** All events up to the end. */
  rest(): Promise<GenerationEvent[]>;
  leave(): void;
}

export async function openStream(url: string, token: string): Promise<EventReader> {
  const gone = new AbortController();
  const response = await fetch(url, { headers: { cookie: `token=${token}` }, signal: gone.signal });
  const events = read(response);
  const next = async () => (await events.next()).value ?? undefined;
  const rest = async () => {
    const all: GenerationEvent[] = [];
    for await (const event of events) all.push(event);
    return all;
  };
  return { response, next, rest, leave: () => gone.abort() };
}

async function* read(response: Response): AsyncGenerator<GenerationEvent, undefined> {
  let pending = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (pending + chunk).split('\n\n');
    pending = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string]));
      if (fields.has('data')) yield toEvent(fields);
    }
  }
  return undefined;
}

function toEvent(fields: Map<string, string>): GenerationEvent {
  return {
    event: fields.get('event') ?? '',
    id: fields.get('id') ?? '',
    data: JSON.parse(fields.get('data') ?? '') as Generation,
  };
}
