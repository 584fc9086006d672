// Times as the contract gives them, whoever wrote the row.

/** SQLite's `YYYY-MM-DD HH:MM:SS`, which is UTC, as ISO 8601; other text as it is; null when a row has none. */
export function isoTime(text: string | null): string | null {
  if (text === null) return null;
  const [, day, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)/.exec(text) ?? [];
  return day && time ? `${day}T${time}.000Z` : text;
}
