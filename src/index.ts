// The public list and nothing else.
export { type App, type AppOptions, createApp } from './app.ts';
export { ConfigError, readConfig } from './config.ts';
export type * from './contract.ts';
export { IncompatibleDatabaseError } from './database/adopt.ts';
export { DatabaseTrapError } from './database/one-library.ts';
export { createForum, type Forum, type ForumGame, type ForumPost, type ForumUser } from './forum/forum.ts';
export type { Signer } from './imaging/index.ts';
export { type Provider, ProviderError } from './providers/provider.ts';
export { type Storage, StorageError } from './storage/storage.ts';
