// The demo forum's own routes: the login the real forum has, its stories, new posts, and pages that are safe to serve.
import BetterSqlite3 from 'better-sqlite3';
import { decodeJwt } from 'jose';
import request from 'supertest';
import { beforeEach, expect, test } from 'vitest';
import { createForum } from '../../src/demo/forum.ts';
import { seedForum } from '../../src/demo/seed.ts';
import { DEMO_PASSWORD, DEMO_USERS } from '../../src/demo/story.ts';

const ELINA = 'elina@pelisivusto.test';
let app: ReturnType<typeof createForum>;

beforeEach(() => {
  const database = new BetterSqlite3(':memory:');
  seedForum(database);
  app = createForum({ database, jwtSecret: 'a secret for tests, long enough', imageOrigins: ['https://bucket.test'] });
});

async function loggedIn(email = ELINA) {
  const agent = request.agent(app);
  await agent.post('/api/login').send({ email, password: DEMO_PASSWORD }).expect(200);
  return agent;
}

test('a login sets an httpOnly cookie whose token carries the roles as a JSON string', async () => {
  const answer = await request(app).post('/api/login').send({ email: ELINA, password: DEMO_PASSWORD }).expect(200);
  expect(answer.headers['set-cookie']?.[0]).toMatch(/^token=.+; Max-Age=86400; .*HttpOnly; SameSite=Strict/);
  expect(answer.body).toMatchObject({ user: { username: 'Elina', is_admin: 0 }, message: expect.any(String) });
  expect(answer.body.user).not.toHaveProperty('password');
  const claims = decodeJwt(answer.body.token);
  expect(claims).toMatchObject({ username: 'Elina', email: ELINA, roles: '["player"]', is_admin: 0 });
  expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(86400);
});

test.each(DEMO_USERS)('$username gets in with the word on the login page', async ({ email, username }) => {
  const agent = await loggedIn(email);
  await agent.get('/api/me').expect(200, new RegExp(username));
});

test('a wrong password, an unknown address and a bad body are refused with a sentence', async () => {
  const logIn = (body: object) => request(app).post('/api/login').send(body);
  const wrong = await logIn({ email: ELINA, password: 'arvaus' }).expect(401);
  const unknown = await logIn({ email: 'joku@muu.test', password: DEMO_PASSWORD }).expect(401);
  expect(unknown.body).toEqual(wrong.body);
  await logIn({ email: ELINA }).expect(400, /"error":/);
  await request(app)
    .post('/api/login')
    .type('json')
    .send('{')
    .expect(400, /"error":/);
});

test('without a token 401, with a bad one 403, with the Bearer alone 200', async () => {
  await request(app)
    .get('/api/games')
    .expect(401, /"error":/);
  await request(app)
    .get('/api/games')
    .set('Cookie', 'token=nonsense')
    .expect(403, /"error":/);
  const { body } = await request(app).post('/api/login').send({ email: ELINA, password: DEMO_PASSWORD });
  await request(app).get('/api/me').set('Authorization', `Bearer ${body.token}`).expect(200);
});

test('a good cookie wins over the junk header that old pages send', async () => {
  const agent = await loggedIn();
  await agent.get('/api/me').set('Authorization', 'Bearer null').expect(200);
});

test('logging out takes the cookie away', async () => {
  const agent = await loggedIn();
  await agent.post('/api/logout').expect(200);
  await agent.get('/api/me').expect(401);
});

test('a story is read from game to posts, in order', async () => {
  const agent = await loggedIn();
  const games = (await agent.get('/api/games').expect(200)).body;
  expect(games).toHaveLength(2);
  const chapters = (await agent.get(`/api/games/${games[0].id}/chapters`).expect(200)).body;
  const beats = (await agent.get(`/api/chapters/${chapters[0].id}/beats`).expect(200)).body;
  const posts = (await agent.get(`/api/beats/${beats[0].id}/posts`).expect(200)).body;
  expect(posts[0]).toMatchObject({ author_name: 'Mestari', post_type: 'gm' });
  const times = posts.map((post: { created_at: string }) => post.created_at);
  expect(times).toEqual([...times].sort());
});

test.each(['/games/99', '/games/99/chapters', '/chapters/99/beats', '/beats/x/posts', '/nothing'])(
  '%s is not found, with a sentence',
  async (path) => {
    const agent = await loggedIn();
    await agent.get(`/api${path}`).expect(404, /"error":/);
  },
);

test('a new post stands at the end of its beat, under the role of its author', async () => {
  const agent = await loggedIn('mestari@pelisivusto.test');
  const { body } = await agent.post('/api/beats/1/posts').send({ content: ' Lumi <b>lakkaa</b>. ' }).expect(201);
  expect(body).toMatchObject({ author_name: 'Mestari', post_type: 'gm', content: 'Lumi <b>lakkaa</b>.', title: null });
  const posts = (await agent.get('/api/beats/1/posts')).body;
  expect(posts.at(-1)).toEqual(body);
});

test('an empty post, a post to nowhere and a post by nobody are refused', async () => {
  const agent = await loggedIn();
  await agent
    .post('/api/beats/1/posts')
    .send({ content: '  ' })
    .expect(400, /"error":/);
  await agent.post('/api/beats/99/posts').send({ content: 'Hei' }).expect(404);
  await request(app).post('/api/beats/1/posts').send({ content: 'Hei' }).expect(401);
});

test('pages forbid scripts and pictures from anywhere else and hold none inline', async () => {
  const page = await request(app).get('/').expect(200);
  const policy = page.headers['content-security-policy'];
  expect(policy).toContain("default-src 'self'");
  expect(policy).toContain("img-src 'self' data: https://bucket.test");
  expect(page.text).not.toMatch(/<script(?![^>]*src=)|\sstyle=|\son\w+=/);
  await request(app)
    .get('/app.js')
    .expect(200)
    .expect('Content-Type', /javascript/);
});
