// All that there is of a user, as one JSON document that is written page by page, as fast as it is read.
import { setImmediate as breathe } from 'node:timers/promises';
import { recordAct } from '../database/audit.ts';
import {
  type ExportPage,
  exportedActs,
  exportedCharacters,
  exportedEntries,
  exportedGenerations,
  exportedPostImages,
  exportedReferences,
  exportedReports,
  exportedTrainings,
  exportedWritings,
} from '../database/export.ts';
import type { Db } from '../database/open.ts';
import { isoTime } from '../database/time.ts';
import { readRecipe, shownRecipe } from '../generation/recipe.ts';
import { presentTakedown, type TakedownColumns } from '../moderation/takedowns.ts';
import type { Storage } from '../storage/storage.ts';

const PAGE = 100;

type Item = Record<string, unknown>;
interface Keys {
  image_key: string;
  thumbnail_key: string;
}
/** The rows of a page as they are shown, and where the next one begins. */
type Section = (page: ExportPage) => Promise<{ items: Item[]; next: number | undefined }>;

/** @param position of a row, by which the next page goes on */
function section<Row extends object>(
  read: (page: ExportPage) => Promise<Row[]>,
  position: (row: Row) => number,
  present: (row: Row) => Item,
): Section {
  return async (page) => {
    const rows = await read(page);
    const last = rows.length === page.limit ? rows.at(-1) : undefined;
    return { items: rows.map(present), next: last && position(last) };
  };
}

export class Exports {
  readonly #db: Db;
  readonly #sections: [name: string, section: Section][];

  constructor(db: Db, storage: Storage) {
    this.#db = db;
    this.#sections = sectionsOf(db, storage);
  }

  /** Written down before anything is read. */
  async record(adminId: number, userId: number): Promise<void> {
    const act = { actor_id: adminId, action: 'user.export', subject: `user:${userId}`, user_id: userId };
    await this.#db.transaction().execute((trx) => recordAct(trx, { ...act, reason: null, details: null }));
  }

  /** The document in pieces. */
  async *of(userId: number): AsyncGenerator<string> {
    yield JSON.stringify({ user_id: userId, exported_at: new Date().toISOString() }).slice(0, -1);
    for (const [name, read] of this.#sections) {
      yield `,\n${JSON.stringify(name)}:[`;
      let comma = '';
      for (let after: number | undefined = 0; after !== undefined; ) {
        const { items, next }: Awaited<ReturnType<Section>> = await read({ userId, after, limit: PAGE });
        if (items.length > 0) yield `${comma}${items.map((item) => JSON.stringify(item)).join(',\n')}`;
        comma = ',\n';
        after = next;
        await breathe(); // others have their turn between two pages
      }
      yield ']';
    }
    yield '}\n';
  }
}

function sectionsOf(db: Db, storage: Storage): [name: string, section: Section][] {
  const byId = ({ id }: { id: number }) => id;
  const byPlace = ({ place }: { place: number }) => place;
  const asItIs = (row: object): Item => ({ ...row });
  const addresses = ({ image_key, thumbnail_key }: Keys) => ({
    image_url: storage.publicUrl(image_key),
    thumbnail_url: storage.publicUrl(thumbnail_key),
  });
  /** Of what was taken down nobody is told the address. */
  const pictured = ({ image_key, thumbnail_key, ...rest }: Keys & TakedownColumns): Item => {
    const { taken_down_at, takedown_reason, takedown_category, hide_at_ms, ...row } = rest;
    const takedown = presentTakedown(rest);
    const urls = takedown ? { image_url: null, thumbnail_url: null } : addresses({ image_key, thumbnail_key });
    return { ...row, ...urls, takedown };
  };
  return [
    [
      'characters',
      section(
        (page) => exportedCharacters(db, page),
        byId,
        ({ looks, created_at, ...row }) => ({
          ...row,
          looks: JSON.parse(looks),
          created_at: isoTime(created_at),
        }),
      ),
    ],
    [
      'reference_images',
      section(
        (page) => exportedReferences(db, page),
        byId,
        (row) => pictured(row),
      ),
    ],
    [
      'trainings',
      section(
        (page) => exportedTrainings(db, page),
        byPlace,
        ({ place, weights_key, weights_sha256, ...row }) => ({
          ...row,
          generation_ids: JSON.parse(row.generation_ids),
          weights_url: weights_sha256 === null ? null : storage.publicUrl(weights_key),
        }),
      ),
    ],
    [
      'generations',
      section(
        (page) => exportedGenerations(db, page),
        byPlace,
        ({ place, file_id, image_key, thumbnail_key, ...row }) => ({
          ...row,
          character_ids: JSON.parse(row.character_ids),
          recipe: shownRecipe(readRecipe(row.recipe)),
          ...(file_id !== null && addresses({ image_key, thumbnail_key })),
        }),
      ),
    ],
    [
      'post_images',
      section(
        (page) => exportedPostImages(db, page),
        byId,
        (row) => ({
          ...pictured(row),
          generation_params: row.generation_params && JSON.parse(row.generation_params),
          created_at: isoTime(row.created_at),
        }),
      ),
    ],
    ['credit_entries', section((page) => exportedEntries(db, page), byId, asItIs)],
    ['prompt_writings', section((page) => exportedWritings(db, page), byId, asItIs)],
    ['reports', section((page) => exportedReports(db, page), byId, asItIs)],
    ['audit', section((page) => exportedActs(db, page), byId, asItIs)],
  ];
}
