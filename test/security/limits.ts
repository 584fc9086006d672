// Limits for each user, and what does not lift them.
import type { Check, Topic } from './check.ts';
import { DRAFTS, type SecurityStage } from './stage.ts';

export const PER_MINUTE = 3;

const DISGUISES: Record<string, (time: number) => Record<string, string>> = {
  'as one comes': () => ({}),
  'with another X-Forwarded-For each time': (time) => ({ 'x-forwarded-for': `198.51.100.${time}` }),
  'with other headers of addresses': (time) => ({
    'x-real-ip': `203.0.113.${time}`,
    forwarded: `for=203.0.113.${time}`,
    'x-client-ip': `${time}.1.1.1`,
  }),
  'with another agent and id': (time) => ({ 'user-agent': `visitor ${time}`, 'x-request-id': `id-${time}` }),
};

/** The first disguise uses the limit up; none of the others gets anything more. */
async function ask(stage: SecurityStage): Promise<string> {
  const accepted: number[] = [];
  for (const disguise of Object.values(DISGUISES)) {
    let count = 0;
    for (let time = 1; time <= PER_MINUTE + 2; time += 1) {
      const call = { user: 'player', method: 'POST', path: DRAFTS, headers: disguise(time) } as const;
      const { status } = await stage.send({ ...call, body: { mode: 'scene', scene: 'a bay' } });
      if (status === 202) count += 1;
      else if (status !== 429) return `${status}`;
    }
    accepted.push(count);
  }
  return `${accepted.join(', ')} accepted`;
}

async function another(stage: SecurityStage): Promise<string> {
  const { status } = await stage.send({
    user: 'other',
    method: 'POST',
    path: DRAFTS,
    body: { mode: 'scene', scene: 'a bay' },
  });
  return String(status);
}

export const LIMITS: Topic = {
  topic: 'limits',
  checks: (): Check[] => [
    {
      tried: `asking for ${PER_MINUTE + 2} pictures, ${Object.keys(DISGUISES).join(', ')}`,
      expected: `${PER_MINUTE}, 0, 0, 0 accepted`,
      came: ask,
    },
    { tried: 'another user, meanwhile', expected: '202', came: another },
  ],
};
