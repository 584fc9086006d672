// The gate before spending: what it must refuse in Finnish and English, and the ordinary stories it must leave alone.
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forbiddenCategory } from '../../src/moderation/prompt-check.ts';
import { makeCharacter, openStage, SCENE, type Stage } from '../http/stage.ts';
import { ELINA, ELINAS_POST, GAME } from '../support/forum-file.ts';

const FORBIDDEN: [string, string][] = [
  ['sexual_minors', 'a naked child'],
  ['sexual_minors', 'nude 15 year old girl'],
  ['sexual_minors', 'a 17-year-old, n4ked'],
  ['sexual_minors', 'alaston lapsi'],
  ['sexual_minors', 'alastomia lapsia rannalla'],
  ['sexual_minors', 'teini alusvaatteissa, eroottinen'],
  ['sexual', 'hentai'],
  ['sexual', 'p o r n'],
  ['sexual', 'p0rn'],
  ['sexual', 'ｐｏｒｎ'],
  ['sexual', 'po\u200brn'],
  ['sexual', 'pоrnо with Cyrillic letters'],
  ['sexual', 'raiskaus'],
  ['sexual', 'NSFW'],
  ['sexual', 'PORNOA'],
  ['hate', 'Whіte p0wer'],
  ['hate', 'a neck with a 1488 tattoo'],
];

test.each(FORBIDDEN)('%s: %s', (category, text) => expect(forbiddenCategory(text)).toBe(category));

const WHO = {
  en: ['a young apprentice', 'an old witch', 'a bare-chested barbarian', 'two children of the village', 'an assassin'],
  fi: ['nuori oppipoika', 'vanha noita', 'kyläläisten lapset', 'kuninkaan tytär', 'partasuinen seppä'],
};
const WHAT = {
  en: [
    'in a heavy breastplate with a rapier',
    'killing a dragon in a bloody battle',
    'harvesting grapes in Sussex',
    'kissing farewell at the harbour',
    'beside the baby griffin, feeding it',
    'shot by an arrow, dying in the snow',
    'dancing around the midsummer fire',
  ],
  fi: [
    'taistelee lohikäärmettä vastaan, verta hangella',
    'istuu saunan lauteilla pyyhe yllään',
    'leikkii lumessa koiran kanssa',
    'pitelee rintapanssaria ja miekkaa',
    'suutelee rakastaan hyvästiksi satamassa',
    'makaa kuolevana taistelukentällä',
    'kylvää siemeniä peltoon keväällä',
  ],
};
const ORDINARY = (['en', 'fi'] as const).flatMap((language) =>
  WHO[language].flatMap((who) => WHAT[language].map((what) => `${who} ${what}`)),
);

test(`lets ${ORDINARY.length} ordinary prompts pass`, () => {
  expect(ORDINARY.length).toBeGreaterThanOrEqual(60);
  expect(ORDINARY.filter((text) => forbiddenCategory(text))).toEqual([]);
});

test.each([
  'peninsula',
  'scunthorpe',
  'Essex',
  'cockatrice',
  'rapeseed field',
  'a nudge',
  'marble statue, nude',
  '18 yo',
  'children with a naked sword',
  'naked branches behind the kids',
  'Sex: female. Age: 16.',
  'vastaukseksi lapsille',
  'a pier in the year 1488',
  'a white ship, built in 1488',
  'vuonna 1488 linnassa',
])('%s is no reason to refuse', (text) => expect(forbiddenCategory(text)).toBeUndefined());

test.each([
  ['real_person', 'Vladimir Putin, naked'],
  ['real_person', 'pääministeri alasti'],
  ['self_harm', 'viiltelee ranteitaan'],
  ['graphic_violence', 'snuff film'],
  ['sexual_minors', 'a 👶, naked'],
  ['sexual_minors', 'nakedchild'],
  ['sexual_minors', 'a child, naked, trees behind her'],
  ['sexual_minors', 'children with a naked sword, undressed'],
  ['sexual_minors', 'na ked chi ld'],
  ['hate', 'a portrait of Aino. Heil Hitler!'],
])('%s: %s', (category, text) => expect(forbiddenCategory(text)).toBe(category));

describe('at the doors', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage.close());
  const written = () =>
    ['image_generations', 'image_credit_entries', 'image_idempotency_keys', 'character_profiles'].map((table) =>
      stage.forum.count(`SELECT count(*) FROM ${table}`),
    );

  test.each([
    ['en', 'a naked child', 'sexual_minors'],
    ['fi', 'alaston lapsi', 'sexual_minors'],
    ['en', 'porn', 'sexual'],
  ])('a scene is refused with its category, and nothing is held (%s)', async (_, scene, category) => {
    const before = written();
    for (const path of [`/posts/${ELINAS_POST}/images`, `/games/${GAME}/images`]) {
      const { status, body } = await stage.elina.post(path, { ...SCENE, scene }, { 'Idempotency-Key': category });
      expect([status, body.code]).toEqual([422, 'prompt_rejected']);
      expect(body.details).toEqual([{ path: 'scene', message: category }]);
      expect(body.error).not.toContain(scene);
    }
    expect(written()).toEqual(before);
  });

  test.each([
    ['name', { name: 'Porno' }],
    ['base_description', { base_description: 'hentai girl' }],
    ['style_modifiers', { style_modifiers: 'nsfw' }],
    ['base_description', { base_description: 'a child', style_modifiers: 'naked' }],
  ])('a character is refused for its %s', async (path, fields) => {
    const before = written();
    const body = { name: 'Aino', base_description: 'red braid', ...fields };
    const refused = await stage.elina.post(`/games/${GAME}/characters`, body);
    expect([refused.status, refused.body.details?.[0]?.path]).toEqual([422, path]);
    expect(written()).toEqual(before);
  });

  test('what is changed is read together with what stays', async () => {
    const { id } = await makeCharacter(stage.elina, { base_description: 'a child with freckles' });
    for (const [fields, path] of [
      [{ style_modifiers: 'naked' }, 'base_description'],
      [{ negative_prompt: 'hats, clothes' }, 'base_description'],
    ] as const) {
      const { status, body } = await stage.elina.patch(`/characters/${id}`, fields);
      expect([status, body.details]).toEqual([422, [{ path, message: 'sexual_minors' }]]);
    }
    const look = await stage.elina.put(`/characters/${id}/looks`, { name: 'x', description: 'naked' });
    expect([look.status, look.body.details?.[0]?.path]).toEqual([422, 'description']);
    expect((await stage.elina.patch(`/characters/${id}`, { usable_by: 'game' })).status).toBe(200);
  });

  test('a negative prompt may name what is not to be seen, and is read for what it takes away', async () => {
    const unwanted = (negative_prompt: string, scene = 'a dancer') => ({ ...SCENE, scene, negative_prompt });
    const shown = (body: object) => stage.elina.post(`/games/${GAME}/prompt-preview`, body);
    expect((await shown(unwanted('nude, nsfw, porn, naked children'))).status).toBe(200);
    expect((await shown(unwanted('modern clothing, adults', 'children in the snow'))).status).toBe(200);
    const { status, body } = await shown(unwanted('clothes, hats', 'a child in the snow'));
    expect([status, body.details?.[0]?.message]).toEqual([422, 'sexual_minors']);
    const slur = await shown(unwanted('neekerit'));
    expect([slur.status, slur.body.details]).toEqual([422, [{ path: 'negative_prompt', message: 'hate' }]]);
  });

  test('a preview is refused as the request would be, and nothing of it is charged', async () => {
    const before = written();
    const { status, body } = await stage.elina.post(`/games/${GAME}/prompt-preview`, { ...SCENE, scene: 'p0rn' });
    expect([status, body.code, body.details]).toEqual([422, 'prompt_rejected', [{ path: 'scene', message: 'sexual' }]]);
    const text = await stage.elina.post(`/games/${GAME}/scene-suggestions`, { text: 'alaston lapsi' });
    expect([text.status, text.body.details]).toEqual([422, [{ path: 'text', message: 'sexual_minors' }]]);
    expect(written()).toEqual(before);
  });

  test('parts that are harmless alone are refused where they meet', async () => {
    const { id } = await makeCharacter(stage.elina, { base_description: 'a child with freckles' });
    const before = written();
    const picture = { mode: 'scene_with_character', character_ids: [id], scene: 'naked in the moonlight' };
    const { status, body } = await stage.elina.post(`/games/${GAME}/images`, picture);
    expect([status, body.details?.[0]?.message]).toEqual([422, 'sexual_minors']);
    expect(written()).toEqual(before);
    const look = await stage.elina.put(`/characters/${id}/looks`, { name: 'x', description: 'porn' });
    expect(look.status).toBe(422);
    const renamed = await stage.elina.patch(`/characters/${id}`, { style_modifiers: 'hentai' });
    expect(renamed.status).toBe(422);
  });
});

test('a refusal is logged with category, field and user, and without a word of it', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
  await using stage = await openStage({ logger });
  await stage.elina.post(`/games/${GAME}/images`, { ...SCENE, scene: 'Zanzibar hentai' });
  const told = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'a text was refused');
  expect(told).toMatchObject([{ user_id: ELINA, refused: [{ field: 'scene', category: 'sexual' }] }]);
  expect(told[0].request_id).toBeTruthy();
  expect(lines.join('')).not.toMatch(/zanzibar|hentai/i);
});
