// Characters: who may see, change and use them, and what belongs to them.
import type { Character, CharacterChanges, Look, NewCharacter } from '../contract.ts';
import { recordActOnOthers } from '../database/audit.ts';
import {
  type CharacterRow,
  charactersOfGame,
  countCharacters,
  deleteCharacter,
  deleteLook,
  findCharacter,
  insertCharacter,
  looksOf,
  type ProfileFields,
  putLook,
  type SettingFields,
  updateCharacter,
} from '../database/characters.ts';
import { discardFiles } from '../database/files.ts';
import type { Db } from '../database/open.ts';
import { fileIdsOfCharacter } from '../database/references.ts';
import { isoTime } from '../database/time.ts';
import { conflict, invalidField, notFound } from '../errors.ts';
import type { Permissions } from '../forum/permissions.ts';
import type { Act } from '../forum/policy.ts';
import { assertAllowed } from '../moderation/prompt-check.ts';
import type { Storage } from '../storage/storage.ts';
import { assertPublicWeights, loraOf } from './lora.ts';
import { randomSeed } from './seed.ts';
import { findStyle } from './styles.ts';

const LOOKS_PER_CHARACTER = 50;
/** Of one user. Lists of a game hold them all, and suggestions look for each in the text. */
const CHARACTERS_PER_GAME = 200;

export class Profiles {
  readonly #db: Db;
  readonly #storage: Storage;
  readonly #deleteFiles: (ids: readonly number[]) => Promise<void>;

  /** @param deleteFiles called after files were marked for deletion; never rejects */
  constructor(db: Db, storage: Storage, deleteFiles: (ids: readonly number[]) => Promise<void>) {
    this.#db = db;
    this.#storage = storage;
    this.#deleteFiles = deleteFiles;
  }

  async create(permissions: Permissions, gameId: number, input: NewCharacter): Promise<Character> {
    await permissions.gameOr404(gameId, 'make_in_game');
    assertUsable(input);
    const profile: ProfileFields = {
      name: input.name,
      base_description: input.base_description,
      style_modifiers: input.style_modifiers ?? '',
      // A seed from the start: pictures made before a reference is accepted are kin to each other, too.
      reference_seed: input.reference_seed ?? randomSeed(),
    };
    const owner = { user_id: permissions.user.id, game_id: gameId };
    if ((await countCharacters(this.#db, owner)) >= CHARACTERS_PER_GAME)
      throw conflict(`You have ${CHARACTERS_PER_GAME} characters in this game. Delete one before you make another.`);
    const id = await insertCharacter(this.#db, owner, profile, settingsOf(input));
    return this.get(permissions, id);
  }

  async list(permissions: Permissions, gameId: number, onlyMine: boolean): Promise<Character[]> {
    await permissions.gameOr404(gameId);
    const rows = await charactersOfGame(this.#db, gameId, onlyMine ? permissions.user.id : null);
    return Promise.all(rows.map((row) => this.#present(permissions, row)));
  }

  async get(permissions: Permissions, id: number): Promise<Character> {
    return this.#present(permissions, await this.visible(permissions, id));
  }

  async change(permissions: Permissions, id: number, input: CharacterChanges): Promise<Character> {
    const row = await this.editable(permissions, id);
    assertUsable(input, row);
    const { name, base_description, style_modifiers, reference_seed } = input;
    const profile = withoutUndefined({ name, base_description, style_modifiers, reference_seed });
    await this.#db.transaction().execute(async (trx) => {
      await updateCharacter(trx, id, profile, settingsOf(input));
      await recordActOnOthers(trx, act(permissions, row, 'character.change'));
    });
    return this.get(permissions, id);
  }

  /** Reference images go with their character; pictures in posts stay with the posts. */
  async delete(permissions: Permissions, id: number): Promise<void> {
    const row = await this.find(permissions, id, 'delete_character');
    const files = await this.#db.transaction().execute(async (trx) => {
      const ids = await fileIdsOfCharacter(trx, id);
      await discardFiles(trx, ids);
      await deleteCharacter(trx, id);
      await recordActOnOthers(trx, act(permissions, row, 'character.delete'));
      return ids;
    });
    await this.#deleteFiles(files);
  }

  async looks(permissions: Permissions, id: number) {
    await this.visible(permissions, id);
    return looksOf(this.#db, id);
  }

  async look(permissions: Permissions, id: number, name: string): Promise<Look> {
    const looks = await this.looks(permissions, id);
    const look = looks.find((known) => known.name === name);
    if (!look) throw notFound('The look');
    return look;
  }

  async putLook(permissions: Permissions, id: number, look: Look) {
    const row = await this.editable(permissions, id);
    assertAllowed(look);
    assertAllowed({ description: `${row.base_description}, ${look.description}` });
    const known = await looksOf(this.#db, id);
    if (known.length >= LOOKS_PER_CHARACTER && !known.some(({ name }) => name === look.name)) {
      throw conflict(`A character can have ${LOOKS_PER_CHARACTER} looks. Delete one first.`);
    }
    await this.#db.transaction().execute(async (trx) => {
      await putLook(trx, id, look);
      await recordActOnOthers(trx, act(permissions, row, 'character.change'));
    });
    return look;
  }

  async deleteLook(permissions: Permissions, id: number, name: string): Promise<void> {
    const row = await this.editable(permissions, id);
    await this.#db.transaction().execute(async (trx) => {
      if (!(await deleteLook(trx, id, name))) throw notFound('The look');
      await recordActOnOthers(trx, act(permissions, row, 'character.change'));
    });
  }

  visible(permissions: Permissions, id: number): Promise<CharacterRow> {
    return this.find(permissions, id, 'see_character');
  }

  editable(permissions: Permissions, id: number): Promise<CharacterRow> {
    return this.find(permissions, id, 'edit_character');
  }

  /** @throws not_found also when the user may not know of the character; forbidden when the act is not the user's to do */
  async find(permissions: Permissions, id: number, act: Act): Promise<CharacterRow> {
    const row = await findCharacter(this.#db, id);
    if (!row) throw notFound('The character');
    await permissions.assert(act, row);
    return row;
  }

  async #present(permissions: Permissions, row: CharacterRow): Promise<Character> {
    return {
      id: row.id,
      user_id: row.user_id,
      game_id: row.game_id,
      name: row.name,
      base_description: row.base_description,
      style: row.style,
      style_modifiers: row.style_modifiers ?? '',
      negative_prompt: row.negative_prompt,
      reference_seed: row.reference_seed,
      reference_image_url: row.reference_key ? this.#storage.publicUrl(row.reference_key) : row.reference_image_url,
      reference_thumbnail_url: row.reference_thumbnail_key
        ? this.#storage.publicUrl(row.reference_thumbnail_key)
        : null,
      reference_revision: row.reference_revision,
      usable_by: row.usable_by,
      lora: (await permissions.may('see_workshop', row)) ? loraOf(row) : null,
      created_at: isoTime(row.created_at),
      updated_at: row.updated_at ?? isoTime(row.created_at),
      can_edit: await permissions.may('edit_character', row),
      can_use: await permissions.mayUseCharacter(row),
    };
  }
}

/** What the audit says of it, where it was not the owner. */
export function act({ user }: Permissions, { id, user_id }: CharacterRow, action: string) {
  return { actor_id: user.id, action, subject: `character:${id}`, user_id };
}

/** @param stored what stays as it was where the input says nothing */
function assertUsable(input: CharacterChanges, stored?: CharacterRow): void {
  if (typeof input.style === 'string' && !findStyle(input.style))
    throw invalidField('style', 'is none of GET /api/image-styles');
  if (input.lora) assertPublicWeights(input.lora.weights);
  const { name, base_description, style_modifiers, negative_prompt } = input;
  assertAllowed({ name, base_description, style_modifiers }, { negative_prompt });
  if (base_description === undefined && style_modifiers === undefined && negative_prompt === undefined) return;
  // They meet in one prompt, so they are also read as one.
  const whole = { ...stored, ...withoutUndefined({ base_description, style_modifiers, negative_prompt }) };
  const description = [whole.base_description, whole.style_modifiers].filter(Boolean).join(', ');
  assertAllowed({ base_description: description }, { negative_prompt: whole.negative_prompt });
}

function settingsOf(input: CharacterChanges): Partial<SettingFields> {
  const { style, negative_prompt, usable_by, lora } = input;
  const weights = lora && {
    lora_weights: lora.weights,
    lora_scale: lora.scale ?? null,
    lora_trigger: lora.trigger ?? null,
  };
  const noWeights = lora === null ? { lora_weights: null, lora_scale: null, lora_trigger: null } : {};
  return withoutUndefined({ style, negative_prompt, usable_by, ...weights, ...noWeights });
}

/** Absent fields must not overwrite anything. */
function withoutUndefined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
