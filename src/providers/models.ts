// Which model a setting or a recipe names: its entry in the catalogue, its version, and what it costs here.
import { z } from 'zod';
import type { Strategy } from '../contract.ts';
import { CATALOGUE, type CatalogueEntry, type Price } from './catalogue.ts';

export interface Model {
  /** As recipes say it: `owner/name:version`, or `owner/name` of an official model. */
  id: string;
  /** `owner/name` */
  name: string;
  /** Null for an official model. */
  version: string | null;
  entry: CatalogueEntry;
  /** Null when nobody has said it. */
  price: Price | null;
}

const NAME = /^([\w.-]+\/[\w.-]+)(?::([0-9a-f]{64}))?$/;
const PRICE = /^(\d+(?:\.\d+)?)\/(second|picture)$/;

/** Undefined for what the catalogue does not know, or not in this form. @param price in place of the catalogue's */
export function findModel(id: string, price: Price | null = null): Model | undefined {
  const [, name = '', given = null] = NAME.exec(id) ?? [];
  const entry = Object.hasOwn(CATALOGUE, name) ? CATALOGUE[name] : undefined;
  if (!entry || (entry.route === 'official' && given !== null)) return undefined;
  const version = given ?? entry.version;
  if (entry.route === 'version' && version === null) return undefined;
  return { id: version ? `${name}:${version}` : name, name, version, entry, price: price ?? entry.price };
}

/** A setting that names a model which can do all of `strategies`; read as the whole id. */
export function modelSetting(strategies: readonly Strategy[]) {
  const canDo = ({ strategies: own }: CatalogueEntry) => strategies.every((strategy) => own.includes(strategy));
  const known = Object.keys(CATALOGUE).filter((name) => canDo(CATALOGUE[name] as CatalogueEntry));
  const rule = `must be one of ${known.join(', ')}; a version of 64 hex digits may follow a colon, but not for an official model`;
  return z.string().transform((text, context) => {
    const model = findModel(text);
    if (model && canDo(model.entry)) return model.id;
    context.addIssue({ code: 'custom', message: rule });
    return z.NEVER;
  });
}

export const priceSetting = z
  .string()
  .regex(PRICE, 'must be US dollars per second or picture, as in 0.000975/second or 0.04/picture')
  .transform((text): Price => {
    const [, usd, per] = PRICE.exec(text) ?? [];
    return { usd: Number(usd), per: per as Price['per'] };
  });

/** An unknown price would count as nothing against the budget. */
export function priceFaults(settings: Record<string, string | undefined>): string[] {
  const { IDENTITY_MODEL, IDENTITY_MODEL_PRICE } = settings;
  if (!IDENTITY_MODEL || IDENTITY_MODEL_PRICE || findModel(IDENTITY_MODEL)?.entry.price !== null) return [];
  return [`IDENTITY_MODEL_PRICE: is required with ${IDENTITY_MODEL}: its page on replicate.com says what it costs`];
}
