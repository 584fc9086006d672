// A small forum of the kind that mounts the forwarding: Express 4, CommonJS, any Node from 18; started by host.ts.
const { createServer } = require('node:http');
const express = require('express4');
const { forwardImages } = require('forum-ai-images/forward');

const { target, parser, mount = '/', timeoutMs, log } = JSON.parse(process.env.HOST_SETUP);
const app = express();
let crashes = 0;
for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, () => crashes++);

const keepRawBody = (req, _res, bytes) => {
  req.rawBody = bytes;
};
const parsers = {
  json: [express.json()],
  all: [express.json(), express.urlencoded({ extended: true })],
  verify: [express.json({ verify: keepRawBody })],
  raw: [express.raw({ type: () => true })],
};
const logger = log ? { warn: (message) => process.send({ log: message }) } : undefined;
const mountForwarding = () => app.use(mount, forwardImages({ target, timeoutMs, logger }));

app.use((req, _res, next) => {
  const pairs = (req.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  req.cookies = Object.fromEntries(pairs);
  next();
});
if (parser === 'after') mountForwarding();
if (parser !== 'none') app.use(parsers[parser === 'after' ? 'json' : parser]);
if (parser !== 'after') mountForwarding();

app.get('/api/posts/:id', (req, res) => res.json({ host: 'post', id: req.params.id, user: req.cookies.token }));
app.get('/api/games/:id', (req, res) => res.json({ host: 'game', id: req.params.id }));
app.post('/api/login', (req, res) => res.json({ host: 'login', body: req.body }));
app.use((_req, res) => res.status(404).json({ error: 'The forum has no such page.' }));
app.use((error, _req, res, _next) => res.status(error.status ?? 500).json({ error: `The forum says: ${error.type}` }));

process.on('message', () => {
  process.report.excludeNetwork = true;
  const { sharedObjects } = process.report.getReport();
  process.send({ state: { crashes, sharedObjects, modules: Object.keys(require.cache), node: process.version } });
});
const server = createServer(app).listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
