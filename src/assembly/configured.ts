// The exchangeable parts, each made as the settings say.
import type BetterSqlite3 from 'better-sqlite3';
import type { Logger } from 'pino';
import type { Config, ModerationConfig, ProviderConfig } from '../config.ts';
import type { Spending } from '../credits/spending.ts';
import { type Db, type OpenDatabase, openBeside, openPath } from '../database/open.ts';
import type { Judges } from '../generation/gates.ts';
import type { Webhooks } from '../http/webhooks.ts';
import { NsfwJudge } from '../moderation/nsfwjs.ts';
import { pictureJudge, textJudge } from '../moderation/remote.ts';
import { createOpenAiModeration } from '../providers/openai-moderation.ts';
import { createPreviewProvider } from '../providers/preview.ts';
import type { Provider } from '../providers/provider.ts';
import { createReplicateProvider } from '../providers/replicate.ts';
import { createReplicateWriter } from '../providers/replicate-writer.ts';
import { Scribe } from '../writer/scribe.ts';

export function openDatabase(config: Config, handle: BetterSqlite3.Database | undefined): OpenDatabase {
  if (handle) return openBeside(handle);
  if (!config.database) throw new Error('readConfig lets nothing through without a database');
  return openPath(config.database.path);
}

export function createProvider(config: ProviderConfig): Provider {
  return config.kind === 'replicate' ? createReplicateProvider(config) : createPreviewProvider();
}

/** Null where no language model is configured. */
export function createScribe(
  config: ProviderConfig,
  parts: { db: Db; spending: Spending; log: Logger },
): Scribe | null {
  if (config.kind !== 'replicate' || !config.promptWriter) return null;
  return new Scribe({ ...parts, writer: createReplicateWriter(config, config.promptWriter) });
}

export function createJudges({ remote, pictures }: ModerationConfig): Judges {
  const moderation = remote && createOpenAiModeration(remote);
  const byRemote = pictures === 'remote' && moderation ? pictureJudge(moderation) : null;
  return {
    text: moderation && textJudge(moderation),
    picture: pictures === 'nsfwjs' ? new NsfwJudge() : byRemote,
  };
}

export function webhooksOf(config: ProviderConfig, wakeUp: Webhooks['wakeUp']): Webhooks | null {
  if (config.kind !== 'replicate' || !config.webhook) return null;
  return { secret: config.webhook.secret, wakeUp };
}

export function jwtOf(config: Config): NonNullable<Config['jwt']> {
  if (!config.jwt) throw new Error('readConfig lets nothing through without a login');
  return config.jwt;
}
