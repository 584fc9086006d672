// Talks to the forum.

/** @throws Error with the server's own sentence and `status` */
export async function api(path, { method = 'GET', body } = {}) {
  const headers = {};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
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
