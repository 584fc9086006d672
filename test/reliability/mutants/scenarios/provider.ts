// What comes from the provider, or says that it does: lost answers, refusals, pictures and webhooks of every kind.
import sharp from 'sharp';
import { faults } from '../../../support/replicate-double.ts';
import type { Fault } from '../../../support/replicate-faults.ts';
import { signedHeaders, WEBHOOK_SECRET } from '../../../support/replicate-webhooks.ts';
import { askInVain, type Scenario } from './scenario.ts';

const WEBHOOKS = { REPLICATE_WEBHOOK_SECRET: WEBHOOK_SECRET, PUBLIC_URL: 'http://127.0.0.1:9' };
const OTHER_SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const MINUTE_S = 60;
/** How often a picture that is not to be had is asked for. */
const FETCHES = 3;

export const answerLost: Scenario = {
  async play(stage) {
    stage.double.next('create', faults.reset('after'));
    await stage.ask(await stage.start());
    await stage.ended();
    await stage.audit(true);
  },
};

export const refusedByProvider: Scenario = {
  async play(stage) {
    const { double } = stage;
    double.next('create', faults.answer(422, { title: 'Refused', detail: `${double.token} may not run this version` }));
    const program = await stage.start();
    await stage.ask(program);
    await stage.ended();
    await program.end(); // then all that it has logged has come
    await stage.audit(true);
  },
};

export const foreignPicture: Scenario = {
  async play(stage) {
    stage.unusable = true;
    stage.double.nextOutcome({ output: [`${stage.stranger.origin}/out-0.png`] });
    await askInVain(stage);
    await stage.audit(true);
  },
};

export const hugePicture: Scenario = {
  async play(stage) {
    stage.unusable = true;
    const create = { width: 2400, height: 2400, channels: 3, background: 'green' } as const;
    const picture = await sharp({ create }).png().toBuffer();
    const huge = faults.answer(200, picture, { 'content-type': 'image/png' }, true);
    stage.double.next('download', ...Array<Fault>(FETCHES).fill(huge));
    await askInVain(stage);
    await stage.audit(true);
  },
};

export const letters: Scenario = {
  settings: WEBHOOKS,
  async play(stage) {
    const program = await stage.start();
    const now = Math.floor(Date.now() / 1000);
    const query = { generation: 'g', nonce: 'n' };
    const body = '{"id":"p","status":"succeeded"}';
    const signed = [{}, { at: now - 10 * MINUTE_S }, { at: now + 10 * MINUTE_S }, { secret: OTHER_SECRET }];
    for (const how of signed) await stage.tell(program, query, signedHeaders(body, how), body);
    await stage.tell(program, query, { 'content-type': 'application/json' }, body);
    await stage.audit(false);
  },
};

/** Rightly signed, a webhook names another prediction than was ordered, while the answer to the order is still out. */
export const misled: Scenario = {
  settings: WEBHOOKS,
  async play(stage) {
    const { double } = stage;
    const { promise: told, resolve } = Promise.withResolvers<void>();
    double.webhooks.next({ drop: true });
    double.next('create', { takesEffect: true, answer: (to) => void told.then(() => to.socket?.resetAndDestroy()) });
    const program = await stage.start();
    const id = (await stage.ask(program)) ?? '';
    await double.arrived('create');
    const [{ nonce } = { nonce: '' }] = stage.sql<{ nonce: string }>('SELECT nonce FROM image_generations');
    const body = JSON.stringify({ id: double.add({ prompt: 'of somebody else', seed: 1 }, new Date()).id });
    await stage.tell(program, { generation: id, nonce }, signedHeaders(body), body);
    resolve();
    await stage.ended();
    await stage.audit(true);
  },
};
