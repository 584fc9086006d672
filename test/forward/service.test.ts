// The default way to live with a forum, whole: an Express 4 forum in CommonJS, forwardImages() in it, the service behind.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ELINA, ELINAS_POST, GAME } from '../support/forum-file.ts';
import { clientAt, startService, type TestService, tokenOf } from '../support/service.ts';
import { type Host, nodes, startHost } from './host.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

describe.each(nodes())('a forum on Node $version', ({ path }) => {
  describe.each(['after', 'json'] as const)('body parser: %s', (parser) => {
    let host: Host;
    let origin: string;
    beforeAll(async () => {
      host = await startHost({ target: service.origin, parser }, path);
      origin = `http://127.0.0.1:${host.port}`;
    });
    afterAll(() => host.stop());

    test('a picture is made, watched and read through the forum', async () => {
      const token = await tokenOf(ELINA);
      const elina = clientAt(origin, token);
      const character = await elina.post(`/games/${GAME}/characters`, {
        name: 'Väinämö',
        base_description: 'harmaa parta',
      });
      expect(character.status).toBe(201);
      const asked = await elina.post(`/posts/${ELINAS_POST}/images`, {
        mode: 'scene_with_character',
        character_ids: [character.body.id],
        scene: 'soittaa kannelta',
      });
      expect(asked.status).toBe(202);

      const events = await fetch(`${origin}/api/generations/${asked.body.id}/events`, {
        headers: { cookie: `token=${token}` },
      });
      const text = await events.text(); // ends by itself after the final state
      expect(text.match(/^event: generation$/gm)?.length).toBeGreaterThan(1);
      expect(text).toContain('"status":"succeeded"');

      // As the forum's pages ask: the httpOnly cookie, and a header that only says that they could not read it.
      for (const junk of ['Bearer null', 'undefined']) {
        const images = await elina.get(`/posts/${ELINAS_POST}/images`, { authorization: junk });
        expect(images.body[0]).toMatchObject({ prompt: expect.any(String), image_url: expect.any(String) });
        const picture = await fetch(origin + images.body[0].thumbnail_url);
        expect(picture.headers.get('content-type')).toBe('image/webp');
        const anonymous = await clientAt(origin, null).get(`/posts/${ELINAS_POST}/images`, { authorization: junk });
        expect(anonymous).toMatchObject({
          status: 401,
          body: { error: expect.stringMatching(/^[A-Z].*\.$/), code: 'unauthenticated' },
        });
      }
    });
  });
});
