// Talks to the forum and the image service, and follows a generation until it ends.

/** @throws Error with the server's own sentence and `status` */
export async function api(path, { method = 'GET', body, key } = {}) {
  const headers = {};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (key) headers['Idempotency-Key'] = key;
  const request = { method, headers, body: body === undefined ? undefined : JSON.stringify(body) };
  const response = await fetch(`/api${path}`, request).catch(() => {
    throw new Error('Palvelimeen ei saada yhteyttä.');
  });
  const data = response.status === 204 ? null : await response.json().catch(() => null);
  if (response.ok) return data;
  throw Object.assign(new Error(data?.error ?? `Palvelin vastasi virheellä ${response.status}.`), {
    status: response.status,
  });
}

/** A request that makes pictures; the key keeps a repeated one from being paid twice. */
export function generate(path, body) {
  return api(path, { method: 'POST', body, key: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}` });
}

export const isFinal = ({ status }) => ['succeeded', 'failed', 'canceled'].includes(status);

const WORDS = {
  queued: 'Jonossa…',
  generating: 'Luodaan kuvaa…',
  storing: 'Tallennetaan…',
  succeeded: 'Valmis',
  canceled: 'Peruttu',
};

export function statusText({ status, error, cost }) {
  if (status !== 'failed') return WORDS[status] ?? status;
  const reason = error?.message ?? 'Kuvaa ei saatu tehtyä.';
  return cost?.charged ? reason : `${reason} Krediittejä ei veloitettu.`;
}

/** Calls back on every change until the end or the signal; by events, or by asking when they cannot be had. */
export function watch(generation, onChange, signal) {
  if (isFinal(generation)) return onChange(generation);
  const path = `/generations/${encodeURIComponent(generation.id)}`;
  const source = new EventSource(`/api${path}/events`);
  const take = (now) => {
    if (signal.aborted) return;
    if (isFinal(now)) source.close();
    onChange(now);
  };
  const ask = async () => {
    if (signal.aborted) return;
    const now = await api(path).catch(() => generation);
    take(now);
    if (!isFinal(now)) setTimeout(ask, 1500);
  };
  source.addEventListener('generation', (event) => take(JSON.parse(event.data)));
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED) ask();
  });
  signal.addEventListener('abort', () => source.close());
}

/** Some lists are plain arrays, those that grow come in pages. */
export const itemsOf = (list) => (Array.isArray(list) ? list : list.items);

let styles;
/** The art styles, read once per visit. */
export function imageStyles() {
  styles ??= api('/image-styles').catch((error) => {
    styles = undefined;
    throw error;
  });
  return styles;
}
