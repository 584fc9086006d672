// The program behind `npm run consistency`: one character, the same scenes by each strategy, and a page that shows how each did.
import { pino } from 'pino';
import { type Parts, Service } from './app.ts';
import { ConfigError, readConfig } from './config.ts';
import { compare, type Watch } from './consistency/comparison.ts';
import { type Options, readOptions, USAGE } from './consistency/options.ts';
import { pageOf } from './consistency/page.ts';
import { dollars, score } from './consistency/page-figures.ts';
import { type Plan, planComparison, type Wish } from './consistency/plan.ts';
import type { Report } from './consistency/report.ts';
import { Reports } from './consistency/reports.ts';
import { waitsForAnotherModel } from './database/comparisons.ts';
import { makeCast, makeDemoForum } from './demo/cast.ts';
import { conflict, ServiceError } from './errors.ts';
import { explain } from './explain.ts';

async function run(stop: AbortController): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') return console.log(USAGE);
  const env = { LOG_LEVEL: 'warn', ...process.env };
  const { database, consistencyPath } = readConfig(env, { database: true, identify: true });
  if (database && options.characterId === null)
    throw new ConfigError(['--character: is required: the id of a character']);
  // On the forum's own database a service may be at work: this program then only asks, and lets it make the pictures.
  const settings = database ? { ...env, WORKERS: 'off' } : makeDemoForum(`${consistencyPath}/demo`, env);
  const config = readConfig(settings, { identify: true });
  const logger = pino({ level: config.logLevel }, pino.destination(2));
  const service = new Service(config, { identify: () => null, logger });
  try {
    await service.start();
    if (!database)
      console.log('DATABASE_PATH is not set: comparing the characters of a demo forum, drawn by the preview.');
    const cast = database ? null : await makeCast(service.parts, stop.signal);
    const characterId = options.characterId ?? (cast as number);
    await compareAndSave(service, { ...options, characterId }, new Reports(consistencyPath), stop.signal);
  } finally {
    await service.close();
  }
}

async function compareAndSave(
  service: Service,
  options: Wish & Pick<Options, 'dryRun' | 'yes'>,
  reports: Reports,
  signal: AbortSignal,
): Promise<void> {
  const plan = await planComparison(service.parts, options);
  console.log(priceOf(plan));
  if (options.dryRun) return;
  if (plan.usd > 0 && !options.yes) throw conflict('These pictures cost dollars: say --yes to agree to the price.');
  const compared = await compare(service.parts, plan, watch(service, signal));
  const path = await reports.save(compared.report, pageOf(compared));
  console.log(`${tableOf(compared.report)}\n\n${path}`);
}

function watch(service: Service, signal: AbortSignal): Watch {
  return {
    signal,
    onPicture: (done, of) => console.log(`  ${done} of ${of} pictures`),
    onUnattended: () => takeUpWork(service, service.parts),
  };
}

/** Leases keep two workers apart, so a service that wakes up after all does no harm; a wrong model in its place would. */
async function takeUpWork(service: Service, { db, provider }: Parts): Promise<void> {
  const models = [provider.model, ...(provider.identity ? [provider.identity.model] : [])];
  if (await waitsForAnotherModel(db, models)) {
    throw conflict(
      `No service is at work on this database, and what waits in it was asked of another model than ${models.join(' or ')}. ` +
        'Start the service; it will make what was asked for, and then try again.',
    );
  }
  console.log('No service is at work on this database: this program makes the pictures itself.');
  service.work();
}

function priceOf(plan: Plan): string {
  const { character, permissions, scenes, strategies, left_out, pictures, credits, available, usd } = plan;
  return [
    `${character.name}: ${scenes.length} scenes by ${strategies.join(', ')}: ${pictures} pictures`,
    ...left_out.map(({ strategy, reason }) => `left out: ${strategy}, ${reason}`),
    `price: ${credits} credits of ${permissions.user.username}, who has ${available}; about ${dollars(usd)}`,
  ].join('\n');
}

function tableOf({ strategies, baseline }: Report): string {
  const rows = strategies.map(({ strategy, mean, lowest, above_baseline, failed }) => {
    const above = above_baseline === null ? '' : `, above others ${Math.round(above_baseline * 100)} %`;
    return `${strategy.padEnd(10)} mean ${score(mean)}, lowest ${score(lowest)}${above}${failed ? `, ${failed} failed` : ''}`;
  });
  return [...rows, `others     ${baseline.length} pictures of other characters`].join('\n');
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
run(stop).catch((error: unknown) => {
  if (stop.signal.aborted)
    console.error('Stopped. What was asked for is not lost: it is among the drafts of who paid.');
  else console.error(error instanceof ServiceError ? error.message : explain(error));
  process.exitCode = 1;
});
