// What stands beside the button while the dialog is closed: how far the picture is, and how it ended.
import type { Generation } from '../../contract.ts';
import { isFinal } from '../service/follow.ts';
import type { Sending } from '../service/requests.ts';
import type { Words } from '../words/words.ts';

interface DraftStatus {
  sending: Sending;
  begun: Generation | undefined;
  /** What was done last, in words. */
  told: string;
}

export function draftStatus(words: Words, { sending, begun, told }: DraftStatus): string {
  if (sending !== 'no') return words.say(sending === 'yes' ? 'sending' : 'offline_sending');
  if (begun && !isFinal(begun)) return words.say('running');
  if (told || !begun) return told;
  if (begun.status === 'succeeded') return words.say('draft_ready');
  return words.code('failed', begun.error?.code ?? begun.status);
}
