// Asks for an address as a stranger would: without credentials, without being led elsewhere, and not for long.

export interface Answer {
  status: number;
  /** Of the content, without parameters; empty where nothing fit to be repeated was said. */
  type: string;
  /** The first 64 KiB. */
  bytes: Buffer;
}

const DEADLINE_MS = 10_000;
const MOST_BYTES = 64 * 1024;

/** @returns null when nobody has answered in time */
export async function ask(url: string, method = 'GET', body?: Buffer<ArrayBuffer>): Promise<Answer | null> {
  try {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const headers = { 'user-agent': 'forum-ai-images', ...(body && { 'content-type': 'image/webp' }) };
    const response = await fetch(url, { method, body, headers, redirect: 'manual', signal });
    const [type = ''] = /^[\w.+-]{1,30}\/[\w.+-]{1,30}/.exec(response.headers.get('content-type') ?? '') ?? [];
    return { status: response.status, type: type.toLowerCase(), bytes: await firstBytes(response) };
  } catch {
    return null;
  }
}

async function firstBytes({ body }: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= MOST_BYTES) break; // which also lets go of the rest
  }
  return Buffer.concat(chunks).subarray(0, MOST_BYTES);
}

export function succeeded(answer: Answer | null): boolean {
  return answer !== null && answer.status >= 200 && answer.status < 300;
}

/** Refused for good: not by a fault or a limit that may be gone the next time. */
export function refused(answer: Answer | null): boolean {
  return answer !== null && answer.status >= 400 && answer.status < 500 && ![408, 429].includes(answer.status);
}
