// Follows the events of one picture to their end, as a browser would.
import type { Generation } from '../../../src/contract.ts';
import { tokenOf } from '../../support/service.ts';
import type { AskedPicture } from './crowd.ts';

export interface Followed {
  /** It ended, or was never there, without a final state: its program has died, or stops. */
  brokeOff: boolean;
  fault?: string;
}

export async function followEvents(origin: string, picture: AskedPicture, signal: AbortSignal): Promise<Followed> {
  const url = `${origin}/api/generations/${picture.id}/events`;
  const headers = { cookie: `token=${await tokenOf(picture.user)}` };
  let text = '';
  try {
    const response = await fetch(url, { headers, signal });
    if (response.status !== 200) return { brokeOff: false, fault: `answered ${response.status}` };
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) text += chunk;
  } catch {
    return { brokeOff: !signal.aborted };
  }
  const versions = [...text.matchAll(/^id: (\d+)$/gm)].map(([, version]) => Number(version));
  if (versions.some((version, index) => version <= (versions[index - 1] ?? 0))) {
    return { brokeOff: false, fault: `versions in the order ${versions.join()}` };
  }
  const last = [...text.matchAll(/^data: (.+)$/gm)].at(-1)?.[1];
  return { brokeOff: !last || (JSON.parse(last) as Generation).finished_at === null };
}
