// The shapes that cross the wire, as zod schemas: what validates a request also makes the OpenAPI document and the types.
export * from './contract/admin.ts';
export * from './contract/admin-generations.ts';
export * from './contract/admin-money.ts';
export * from './contract/admin-storage.ts';
export * from './contract/characters.ts';
export * from './contract/credits.ts';
export * from './contract/errors.ts';
export {
  ASPECT_RATIOS,
  type AspectRatio,
  MODES,
  type Mode,
  SEED_LIMIT,
  STRATEGIES,
  type Strategy,
} from './contract/fields.ts';
export * from './contract/generations.ts';
export * from './contract/moderation.ts';
export * from './contract/moderation-reports.ts';
export * from './contract/pictures.ts';
export * from './contract/privacy.ts';
export * from './contract/trainings.ts';
