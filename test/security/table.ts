// All that is tried, in the order in which it is tried, and on which stage.
import { ADMIN_ROUTES } from './admin.ts';
import { BODY_CHECKS } from './bodies.ts';
import { type Result, runTopic, type Topic } from './check.ts';
import { CROSS_SITE } from './cross-site.ts';
import { HEADERS } from './headers.ts';
import { LIMITS, PER_MINUTE } from './limits.ts';
import { LOGIN } from './login.ts';
import { ADDRESSES_OF_PICTURES, HURTFUL_FILES } from './outside.ts';
import { PATHS } from './paths.ts';
import { FAILURES_WRITTEN_DOWN, WRITTEN_DOWN } from './secrets.ts';
import { SecurityStage } from './stage.ts';
import { WEBHOOKS } from './webhooks.ts';

const STAGES: [open: () => Promise<SecurityStage>, topics: Topic[]][] = [
  [
    () => SecurityStage.open(),
    [
      HEADERS,
      LOGIN,
      CROSS_SITE,
      BODY_CHECKS,
      PATHS,
      ADMIN_ROUTES,
      WEBHOOKS,
      ADDRESSES_OF_PICTURES,
      HURTFUL_FILES,
      WRITTEN_DOWN,
    ],
  ],
  [() => SecurityStage.open('s3'), [FAILURES_WRITTEN_DOWN]],
  [() => SecurityStage.open('disk', { RATE_LIMIT_PER_MINUTE: String(PER_MINUTE) }), [LIMITS]],
];

/** @param wanted whether a topic is to be tried */
export async function tryAll(wanted: (topic: Topic) => boolean, tell = (_results: Result[]) => {}): Promise<Result[]> {
  const all: Result[] = [];
  for (const [open, topics] of STAGES) {
    const chosen = topics.filter(wanted);
    if (chosen.length === 0) continue;
    await using stage = await open();
    for (const topic of chosen) {
      const results = await runTopic(topic, stage);
      tell(results);
      all.push(...results);
    }
  }
  return all;
}
