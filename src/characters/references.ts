// Reference images: the candidates of a character, and the one that is accepted as how it looks.
import type { Character, ReferenceImage } from '../contract.ts';
import { recordActOnOthers } from '../database/audit.ts';
import { updateCharacter } from '../database/characters.ts';
import type { Db } from '../database/open.ts';
import {
  findAnyReference,
  findReference,
  numberRevision,
  type ReferenceRow,
  referencesOf,
} from '../database/references.ts';
import { notFound } from '../errors.ts';
import type { Permissions } from '../forum/permissions.ts';
import { type Moderated, presentTakedown } from '../moderation/takedowns.ts';
import { assertNoCopy } from '../moderation/taken-down.ts';
import type { Storage } from '../storage/storage.ts';
import { act, type Profiles } from './profiles.ts';

export class References {
  readonly #db: Db;
  readonly #storage: Storage;
  readonly #profiles: Profiles;

  constructor(db: Db, storage: Storage, profiles: Profiles) {
    this.#db = db;
    this.#storage = storage;
    this.#profiles = profiles;
  }

  /** Newest first. Candidates that were not chosen are for those only who may choose. */
  async list(permissions: Permissions, characterId: number): Promise<ReferenceImage[]> {
    const character = await this.#profiles.visible(permissions, characterId);
    const mayChoose = await permissions.may('see_workshop', character);
    const rows = await referencesOf(this.#db, characterId);
    const shown = rows.filter((row) => mayChoose || row.id === character.reference_image_id);
    return shown.map((row) => this.#present(row, character.reference_image_id));
  }

  /** From now on scenes are made from this picture and its seed. */
  async accept(permissions: Permissions, characterId: number, referenceImageId: number): Promise<Character> {
    const character = await this.#profiles.editable(permissions, characterId);
    const reference = await findReference(this.#db, referenceImageId);
    if (reference?.character_profile_id !== characterId) throw notFound('The reference image');
    await this.#db.transaction().execute(async (trx) => {
      await assertNoCopy(trx, reference.file_id);
      const profile = {
        reference_image_url: this.#storage.publicUrl(reference.image_key),
        reference_seed: reference.seed,
      };
      const revision = await numberRevision(trx, reference);
      await updateCharacter(trx, characterId, profile, {
        reference_image_id: reference.id,
        reference_revision: revision,
      });
      await recordActOnOthers(trx, act(permissions, character, 'character.change'));
    });
    return this.#profiles.get(permissions, characterId);
  }

  /** @throws not_found to anyone but a game master of its game and admins */
  async moderated(permissions: Permissions, id: number): Promise<Moderated> {
    const { row, character } = await this.#found(permissions, id);
    return {
      kind: 'reference_image',
      id,
      game_id: character.game_id,
      file_id: row.file_id,
      user_id: character.user_id,
    };
  }

  /** One, for those who may moderate it. */
  async get(permissions: Permissions, id: number): Promise<ReferenceImage> {
    const { row, character } = await this.#found(permissions, id);
    return this.#present(row, character.reference_image_id);
  }

  async #found(permissions: Permissions, id: number) {
    const row = await findAnyReference(this.#db, id);
    if (!row) throw notFound('The reference image');
    const character = await this.#profiles.visible(permissions, row.character_profile_id);
    if (!(await permissions.leadsGame(character.game_id))) throw notFound('The reference image');
    return { row, character };
  }

  #present(row: ReferenceRow, acceptedId: number | null): ReferenceImage {
    return {
      id: row.id,
      character_id: row.character_profile_id,
      generation_id: row.generation_id,
      image_url: row.taken_down_at === null ? this.#storage.publicUrl(row.image_key) : null,
      thumbnail_url: row.taken_down_at === null ? this.#storage.publicUrl(row.thumbnail_key) : null,
      takedown: presentTakedown(row),
      width: row.width,
      height: row.height,
      seed: row.seed,
      accepted: row.id === acceptedId,
      revision: row.revision,
      ai_generated: true,
      created_at: row.created_at,
    };
  }
}
