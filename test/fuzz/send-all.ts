// Sends many requests, eight at a time, and keeps count of what came.
import type { FuzzRequest } from './requests.ts';
import type { Answer, Wire } from './wire.ts';

const AT_ONCE = 8;
/** So many tell as much as all of them would. */
const ENOUGH_FAULTS = 10;

export interface Tally {
  sent: number;
  longestMs: number;
  /** Method and path of that one. */
  slowest: string;
  /** Answers by their status. */
  seen: Record<number, number>;
  faults: object[];
}

/**
 * @param judge what is wrong with an answer, if anything
 * @param onEach called with the number of each request before it is sent
 */
export async function sendAll<R extends FuzzRequest>(
  wire: Wire,
  requests: R[],
  judge: (request: R, answer: Answer) => string | undefined,
  onEach = (_index: number) => {},
): Promise<Tally> {
  const tally: Tally = { sent: 0, longestMs: 0, slowest: '', seen: {}, faults: [] };
  const sender = async () => {
    while (tally.sent < requests.length && tally.faults.length < ENOUGH_FAULTS) {
      const index = tally.sent++;
      onEach(index);
      const request = requests[index] as R;
      const answer = await wire.send(request).catch((error: Error) => error);
      const fault = answer instanceof Error ? answer.message : judge(request, answer);
      if (fault) tally.faults.push(shown(fault, index, request, answer));
      if (answer instanceof Error) continue;
      tally.seen[answer.status] = (tally.seen[answer.status] ?? 0) + 1;
      if (answer.ms <= tally.longestMs) continue;
      tally.longestMs = Math.round(answer.ms);
      tally.slowest = `${request.method} ${request.path.slice(0, 60)}`;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  return tally;
}

function shown(fault: string, index: number, request: FuzzRequest, answer: Answer | Error): object {
  const said = answer instanceof Error ? answer.message : { ...answer, text: answer.text.slice(0, 500) };
  return { fault, index, ...request, body: request.body?.toString().slice(0, 300), answer: said };
}
