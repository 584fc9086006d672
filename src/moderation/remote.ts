// Judges by a moderation endpoint: of texts, and of pictures.
import { ConfigError } from '../config.ts';
import { blankPicture, smallJpeg } from '../imaging/index.ts';
import type { Moderation } from '../providers/openai-moderation.ts';
import { ProviderError } from '../providers/provider.ts';
import type { Judge } from './judge.ts';
import { verdictOnPicture, verdictOnText } from './thresholds.ts';

/** On the longer side: enough to tell what is to be seen, and some 40 kB. */
const SIDE = 512;

export function textJudge(moderation: Moderation): Judge<string> {
  return {
    judge: async (text) => verdictOnText(await moderation.ofText(text)),
    check: () => usable(() => moderation.ofText('a quiet harbour at dawn')),
    close: async () => {},
  };
}

export function pictureJudge(moderation: Moderation): Judge<Buffer> {
  return {
    judge: async (picture) => verdictOnPicture(await moderation.ofPicture(await smallJpeg(picture, SIDE))),
    check: () => usable(async () => moderation.ofPicture(await blankPicture())),
    close: async () => {},
  };
}

/** A key or a model that is refused would refuse every picture, so that is told by the setting's name. */
async function usable(ask: () => Promise<unknown>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (error.kind === 'unavailable') throw new ConfigError(['MODERATION_API_KEY: is refused at MODERATION_BASE_URL']);
    if (error.kind === 'refused') throw new ConfigError(['MODERATION_MODEL: is refused at MODERATION_BASE_URL']);
    throw error;
  }
}
