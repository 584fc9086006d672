// After all that was tried, and with every neighbour failing: what the program has written down, and what it has answered.
import { refusal } from '../storage/scripted-s3.ts';
import * as faults from '../support/replicate-faults.ts';
import type { Check, Topic } from './check.ts';
import { DRAFTS, SCENE, type SecurityStage } from './stage.ts';
import { INSIDE, orNone } from './words.ts';

/** Words that only a user has written, each somewhere else. */
const OWN_WORDS = {
  scene: SCENE,
  description: 'a moustache of liquorice',
  look: 'a hat of waffle',
  reason: 'because of the gingerbread',
  query: 'cinnamon-in-the-query',
  body: 'nutmeg-in-a-broken-body',
  path: 'saffron-in-a-path',
};
/** Where the provider keeps a picture is a secret for as long as it lies there. */
const SIGNED = 'https://cdn.replicate.delivery/a.png?Signature=cardamom-in-an-address';

/** Everything that can be refused or can fail, with words in it that would stand out. */
async function provoke(stage: SecurityStage): Promise<void> {
  const player = { user: 'player' } as const;
  const made = await stage.send({
    ...player,
    method: 'POST',
    path: 'games/1/characters',
    body: { name: 'Aino', base_description: OWN_WORDS.description },
  });
  const { id } = JSON.parse(made.text) as { id: number };
  const post = (path: string, body: unknown, headers = {}) =>
    stage.send({ ...player, method: 'POST', path, body, headers });
  await stage.send({
    ...player,
    method: 'PUT',
    path: `characters/${id}/looks`,
    body: { name: OWN_WORDS.look, description: 'x' },
  });
  await stage.send({ ...player, path: `characters/${id}?x=${OWN_WORDS.query}` });
  await stage.send({ ...player, path: `characters/${OWN_WORDS.path}` });
  await stage.send({ ...player, path: `no/${OWN_WORDS.path}/here?token=${stage.secrets['the login of player']}` });
  await post(DRAFTS, `{"mode":"${OWN_WORDS.body}`);
  await post(DRAFTS, { mode: OWN_WORDS.body });
  await post('post-images/999/report', { reason: OWN_WORDS.reason });
  await post('webhooks/replicate', OWN_WORDS.body, { 'webhook-signature': stage.secrets['the webhook secret'] });
  await stage.send({ path: DRAFTS, headers: { authorization: `Bearer ${stage.secrets['the login of admin']}x` } });
}

/** The provider, its pictures and the storage fail, and say back what they were told. */
async function failAll(stage: SecurityStage): Promise<void> {
  const { double, s3 } = stage;
  const said = `bad token ${double.token}; ${SCENE}`;
  double.next('create', faults.answer(422, { title: said, detail: said }), faults.answer(400, { detail: said }));
  await drafts(stage, 2);
  await stage.pictureAt([SIGNED]);
  await stage.pictureAt(SCENE);
  double.next('get', faults.answer(500, said), faults.brokenJson());
  const echo = (status: number) =>
    refusal(status, 'AccessDenied', {}, `<Error>${s3.address.secretAccessKey} ${SCENE}</Error>`);
  s3.next('PUT', echo(403), echo(500), echo(503));
  await drafts(stage, 2);
}

async function drafts(stage: SecurityStage, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const { status, body } = await stage.elina.post(`/${DRAFTS}`, { mode: 'scene', scene: SCENE });
    if (status === 202) await stage.elina.finished(body);
  }
}

function unwritten(what: string, value: (stage: SecurityStage) => string): Check {
  return {
    tried: `what is written down: ${what}`,
    expected: 'nowhere',
    came: (stage) => (value(stage).length > 3 && stage.log.includes(value(stage)) ? 'in the log' : 'nowhere'),
  };
}

/** @param provoked whether the neighbours were made to fail as well */
function checks(stage: SecurityStage): Check[] {
  const texts = { ...OWN_WORDS, address: 'cardamom', password: 'elina@example.test' };
  return [
    ...Object.keys(stage.secrets).map((name) => unwritten(name, ({ secrets }) => secrets[name] ?? '')),
    ...Object.entries(texts).map(([name, text]) => unwritten(`somebody’s ${name}`, () => text)),
    {
      tried: 'what is written down: any login',
      expected: 'nowhere',
      came: ({ log }) => (/\beyJ[\w-]{10,}\.[\w-]+/.test(log) ? 'in the log' : 'nowhere'),
    },
    {
      tried: 'whether anything was written down at all',
      expected: 'yes, requests and failures',
      came: ({ log }) =>
        orNone([!/"request completed"|"req":/.test(log) && 'no requests'], 'yes, requests and failures'),
    },
    {
      tried: 'what all answers said: secrets',
      expected: 'none',
      came: ({ told, secrets }) =>
        orNone(
          Object.keys(secrets).filter((name) => (secrets[name]?.length ?? 0) > 3 && told.includes(secrets[name] ?? '')),
          'none',
        ),
    },
    {
      tried: 'what all failures said: an inside',
      expected: 'none',
      came: ({ told }) =>
        INSIDE.exec(
          told
            .split('\n')
            .filter((line) => line.includes('"error"'))
            .join('\n'),
        )?.[0] ?? 'none',
    },
  ];
}

/** Of what came before it on the same stage. */
export const WRITTEN_DOWN: Topic = { topic: 'afterwards', checks };

/** On a stage of its own, with S3. */
export const FAILURES_WRITTEN_DOWN: Topic = {
  topic: 'after failures of everything',
  async checks(stage) {
    await provoke(stage);
    await failAll(stage);
    return checks(stage);
  },
};
