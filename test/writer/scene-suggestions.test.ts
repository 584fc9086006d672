// Suggestions without a language model: the text as it is, and the characters that it names, for whom they may be.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SceneSuggestion, Warning } from '../../src/contract.ts';
import { makeCharacter, makeReference, openStage, type Role, type Stage } from '../http/stage.ts';
import { FOREIGN_POST, GAME, OTHER_GAME, VAINOS_POST } from '../support/forum-file.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const suggest = (body: object, role: Role = 'elina', game = GAME) =>
  stage[role].post<SceneSuggestion>(`/games/${game}/scene-suggestions`, body);
const codes = (warnings: Warning[]) => warnings.map(({ code }) => code);
const ids = ({ characters }: SceneSuggestion) => characters.map(({ id }) => id);
const setPost = (content: string) => stage.forum.run('UPDATE posts SET content = ? WHERE id = ?', content, VAINOS_POST);

describe('the text', () => {
  test('is passed on as it is, and nothing is written or spent', async () => {
    const before = stage.forum.all('SELECT * FROM image_credit_entries');
    const { status, body } = await suggest({ text: 'standing on an icy pier with a lantern' });
    expect([status, body]).toEqual([
      200,
      { scene: 'standing on an icy pier with a lantern', language: 'en', written: false, characters: [], warnings: [] },
    ]);
    expect(stage.forum.all('SELECT * FROM image_credit_entries')).toEqual(before);
    expect(stage.forum.count('SELECT count(*) FROM image_prompt_writings')).toBe(0);
  });

  test('in Finnish comes with a warning', async () => {
    const { body } = await suggest({ text: 'seisoo yöllä jäisellä laiturilla lyhty kädessään' });
    expect(body).toMatchObject({ language: 'fi', written: false });
    expect(codes(body.warnings)).toEqual(['language']);
  });

  test('that is long is cut between words, with a warning', async () => {
    const { body } = await suggest({ text: 'stone walls '.repeat(300) });
    expect(body.scene.length).toBeLessThanOrEqual(1000);
    expect(body.scene).toMatch(/^stone .* (stone|walls)$/);
    expect(codes(body.warnings)).toEqual(['scene_shortened']);
  });

  test('of a post is what its reader sees', async () => {
    await setPost('<p>The <b>old</b> harbour &amp; sea&#33;</p><script>alert(1)</script><p>Rain<br>falls</p>');
    expect((await suggest({ post_id: VAINOS_POST })).body.scene).toBe('The old harbour & sea!\nRain\nfalls');
    await setPost('<img src="x.png">');
    expect((await suggest({ post_id: VAINOS_POST })).body).toMatchObject({
      scene: '',
      language: 'und',
      written: false,
    });
  });

  test('wins over the post for the scene, while names are looked for in both', async () => {
    const both = await Promise.all(['Kyllikki', 'Tuulikki'].map((name) => makeCharacter(stage.elina, { name })));
    await setPost('<p>Kyllikin talo</p>');
    const { body } = await suggest({ text: 'the house of Tuulikki', post_id: VAINOS_POST });
    expect(body.scene).toBe('the house of Tuulikki');
    expect(ids(body)).toEqual(both.map(({ id }) => id));
  });
});

test.each([
  [400, {}],
  [400, { text: '' }],
  [400, { text: 'x'.repeat(4001) }],
  [400, { text: 'x', mode: 'cubism' }],
  [400, { text: 'x', scene: 'x' }],
  [400, { post_id: 0 }],
  [404, { post_id: 999_999 }],
  [404, { post_id: FOREIGN_POST }],
  [422, { text: 'hentai' }],
  [422, { text: '<p>hen<b>tai</b></p>' }],
])('%i for %j', async (status, body) => {
  expect((await suggest(body)).status).toBe(status);
});

test('a game or a user that is not there gets nothing', async () => {
  expect((await suggest({ text: 'hentai' }, 'elina', 999_999)).status).toBe(404);
  expect((await suggest({ text: 'x' }, 'anonymous')).status).toBe(401);
  expect((await suggest({ post_id: FOREIGN_POST }, 'elina', OTHER_GAME)).status).toBe(200);
});

test('what a post says is checked like a text', async () => {
  await setPost('<p>a naked <i>child</i></p>');
  const { status, body } = await suggest({ post_id: VAINOS_POST });
  expect([status, body]).toMatchObject([422, { code: 'prompt_rejected', details: [{ path: 'post_id' }] }]);
});

describe('characters', () => {
  test('are suggested when they are named in any case, with the picture of them', async () => {
    const { id } = await makeCharacter(stage.elina, { name: 'Sir Kalevi Harmaa' });
    await makeReference(stage.elina, id);
    const { body } = await suggest({ text: '<p>Laiturilla n&auml;htiin Harmaan viitta.</p>' });
    expect(body.characters).toEqual([
      { id, name: 'Sir Kalevi Harmaa', reference_thumbnail_url: expect.stringMatching(/_thumb\.webp$/) },
    ]);
  });

  test.each([
    ['elina', [true, true]],
    ['vaino', [false, true]],
    ['gm', [true, true]],
    ['admin', [true, true]],
  ] as const)('%s gets only those that may be used', async (role, expected) => {
    const own = await makeCharacter(stage.elina, { name: 'Oma' });
    const shared = await makeCharacter(stage.elina, { name: 'Yhteinen', usable_by: 'game' });
    const found = ids((await suggest({ text: 'Siellä Oma ja Yhteinen' }, role)).body);
    expect([found.includes(own.id), found.includes(shared.id)]).toEqual(expected);
  });

  test('of another game are not, by the same name', async () => {
    const there = await makeCharacter(stage.elina, { name: 'Vellamo' }, OTHER_GAME);
    expect(ids((await suggest({ text: 'Vellamon aalto' })).body)).toEqual([]);
    expect(ids((await suggest({ text: 'Vellamon aalto' }, 'elina', OTHER_GAME)).body)).toEqual([there.id]);
  });

  test("a name of somebody else's is not taken for a form of one's own", async () => {
    await makeCharacter(stage.elina, { name: 'Sara' });
    await makeCharacter(stage.vaino, { name: 'Saran' });
    expect((await suggest({ text: 'siellä Saran' })).body.characters).toEqual([]);
  });
});

test('are limited for each user alone', async () => {
  await using few = await openStage({ env: { RATE_LIMIT_PER_MINUTE: '2', WORKERS: 'off' } });
  const ask = (role: Role) => few[role].post(`/games/${GAME}/scene-suggestions`, { text: 'x' });
  expect([await ask('elina'), await ask('elina')].map(({ status }) => status)).toEqual([200, 200]);
  expect((await ask('elina')).body).toMatchObject({ code: 'rate_limited' });
  expect((await ask('vaino')).status).toBe(200);
});
