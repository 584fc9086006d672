// After all that was tried, and with every neighbour failing: what the program has written down, and what it has answered.
import { refusal } from '../storage/scripted-s3.ts';
import * as faults from '../support/replicate-faults.ts';
import type { Check, Topic } from './check.ts';
import { DRAFTS, SCENE, type SecurityStage } from './stage.ts';
import { INSIDE, orNone } from './words.ts';

/** Words that only a user has written, each somewhere else. */
const OWN_WORDS = {
  'a scene': SCENE,
  'a description': 'a moustache of liquorice',
  'a look': 'a hat of waffle',
  'a report': 'because of the gingerbread',
  'a query': 'cinnamon-in-the-query',
  'a body': 'nutmeg-in-a-broken-body',
  'a path': 'saffron-in-a-path',
};
/** Where the provider keeps a picture is a secret for as long as it lies there. */
const SIGNATURE = 'cardamom-in-an-address';

/** Everything that can be refused or can fail, with words in it that would stand out. */
async function provoke(stage: SecurityStage): Promise<void> {
  const player = { user: 'player' } as const;
  const made = await stage.send({
    ...player,
    method: 'POST',
    path: 'games/1/characters',
    body: { name: 'Aino', base_description: OWN_WORDS['a description'] },
  });
  const { id } = JSON.parse(made.text) as { id: number };
  const post = (path: string, body: unknown, headers = {}) =>
    stage.send({ ...player, method: 'POST', path, body, headers });
  await stage.send({
    ...player,
    method: 'PUT',
    path: `characters/${id}/looks`,
    body: { name: OWN_WORDS['a look'], description: 'x' },
  });
  await stage.send({ ...player, path: `characters/${id}?x=${OWN_WORDS['a query']}` });
  await stage.send({ ...player, path: `characters/${OWN_WORDS['a path']}` });
  await stage.send({ ...player, path: `no/${OWN_WORDS['a path']}/here?token=${stage.secrets['the login of player']}` });
  await post(DRAFTS, `{"mode":"${OWN_WORDS['a body']}`);
  await post(DRAFTS, { mode: OWN_WORDS['a body'] });
  await post('post-images/999/report', { reason: OWN_WORDS['a report'] });
  await post('webhooks/replicate', OWN_WORDS['a body'], { 'webhook-signature': stage.secrets['the webhook secret'] });
  await stage.send({ path: DRAFTS, headers: { authorization: `Bearer ${stage.secrets['the login of admin']}x` } });
}

/** The provider, its pictures and the storage fail, and say back what they were told. */
async function failAll(stage: SecurityStage): Promise<void> {
  const { double, s3 } = stage;
  const said = `bad token ${double.token}; ${SCENE}`;
  double.next('create', faults.answer(422, { title: said, detail: said }), faults.answer(400, { detail: said }));
  await drafts(stage, 2);
  double.nextOutcome({ error: `flagged for its words: ${said}` });
  await drafts(stage, 1);
  await stage.pictureAt([`${stage.files.origin}/gone.png?Signature=${SIGNATURE}`]);
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

function unwritten([what, text]: [string, string]): Check {
  const came: Check['came'] = ({ log }) => (log.includes(text) ? 'in the log' : 'nowhere');
  return { tried: `what is written down: ${what}`, expected: 'nowhere', came };
}

/** Only what went wrong: a user's own words may be said back to the user. */
function failuresOf({ told }: SecurityStage): string {
  const lines = told.split('\n').filter((line) => line.includes('"error"') || line.includes('"code"'));
  return INSIDE.exec(lines.join('\n'))?.[0] ?? 'none';
}

/** @param words that were used and must not be found, by what they are */
function checks({ secrets }: SecurityStage, words: Record<string, string>): Check[] {
  const saidIn = (told: string) => Object.keys(secrets).filter((name) => told.includes(secrets[name] as string));
  const isAwake = (log: string) => /"req":/.test(log) && /"level":(40|50)/.test(log);
  const hasLogin = (log: string) => /\beyJ[\w-]{10,}\.[\w-]+/.test(log);
  return [
    ...Object.entries({ ...secrets, ...words }).map(unwritten),
    {
      tried: 'what is written down: any login',
      expected: 'nowhere',
      came: ({ log }) => (hasLogin(log) ? 'in the log' : 'nowhere'),
    },
    {
      tried: 'what is written down at all',
      expected: 'requests and warnings',
      came: ({ log }) => (isAwake(log) ? 'requests and warnings' : 'too little: none of this proves anything'),
    },
    { tried: 'what all answers said: secrets', expected: 'none', came: ({ told }) => orNone(saidIn(told), 'none') },
    { tried: 'what all failures said: an inside', expected: 'none', came: failuresOf },
  ];
}

/** Of what came before it on the same stage. */
export const WRITTEN_DOWN: Topic = { topic: 'afterwards', checks: (stage) => checks(stage, { 'a scene': SCENE }) };

/** On a stage of its own, with S3. */
export const FAILURES_WRITTEN_DOWN: Topic = {
  topic: 'after failures of everything',
  async checks(stage) {
    await provoke(stage);
    await failAll(stage);
    return checks(stage, { ...OWN_WORDS, 'a signed address': SIGNATURE });
  },
};
