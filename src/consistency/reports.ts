// The folder of past comparisons: a page and its figures under one name, written whole and never written over.
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Report } from './report.ts';

/** No dot, no slash, nothing to climb out by. Begins with the time, so that names in order are reports in order. */
const NAME = /^\d{4}-\d\d-\d\d-\d{6}-\d{1,16}(-[a-z0-9]+){0,20}$/;

export interface KeptReport {
  name: string;
  report: Report;
}

export class Reports {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = resolve(folder);
  }

  /** @returns the path of the page */
  async save(report: Report, page: string): Promise<string> {
    await mkdir(this.#folder, { recursive: true });
    const name = nameOf(report);
    await this.#write(`${name}.json`, `${JSON.stringify(report, null, 2)}\n`);
    await this.#write(`${name}.html`, page);
    return join(this.#folder, `${name}.html`);
  }

  /**
   * Newest first, from below the name of `before`. What cannot be read is passed over: somebody may have tidied the folder by hand.
   */
  async list(page: { before: string | null; limit: number }): Promise<KeptReport[]> {
    const names = await this.#names('.html');
    const kept: KeptReport[] = [];
    for (const name of names.sort().reverse()) {
      if (kept.length === page.limit) break;
      const report = page.before === null || name < page.before ? await this.#read(name) : null;
      if (report) kept.push({ name, report });
    }
    return kept;
  }

  /** The page, or undefined when there is none of that name. */
  async page(name: string): Promise<string | undefined> {
    if (!NAME.test(name)) return undefined;
    return readFile(join(this.#folder, `${name}.html`), 'utf8').catch(() => undefined);
  }

  /** Those of any of these characters, or paid by this user. */
  async deleteOf({ characterIds, userId }: { characterIds: readonly number[]; userId: number }): Promise<void> {
    for (const name of await this.#names('.json')) {
      const report = await this.#read(name);
      if (!report || !(characterIds.includes(report.character.id) || report.paid_by.id === userId)) continue;
      // The figures last: without them nobody would know any more whose page it is.
      for (const ending of ['html', 'json']) await rm(join(this.#folder, `${name}.${ending}`), { force: true });
    }
  }

  async #names(ending: '.html' | '.json'): Promise<string[]> {
    const files = await readdir(this.#folder).catch(() => []);
    const names = files.filter((file) => file.endsWith(ending)).map((file) => file.slice(0, -ending.length));
    return names.filter((name) => NAME.test(name));
  }

  async #read(name: string): Promise<Report | null> {
    const text = await readFile(join(this.#folder, `${name}.json`), 'utf8').catch(() => '');
    return Report.safeParse(fromJson(text)).data ?? null;
  }

  async #write(file: string, text: string): Promise<void> {
    const path = join(this.#folder, file);
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  }
}

/** `2026-11-22-200145-7-aino-kaarnasydan`: when (UTC), the character's id, and of its name what any file system takes. */
export function nameOf({ created_at, character }: Report): string {
  const [day, time] = [created_at.slice(0, 10), created_at.slice(11, 19).replaceAll(':', '')];
  const plain = character.name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const words = plain.match(/[a-z0-9]{1,20}/g) ?? [];
  return [day, time, character.id, ...words.slice(0, 4)].join('-');
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
