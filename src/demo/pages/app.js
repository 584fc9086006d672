// Starts the pages: who is logged in, which address shows which page, the login cards and the list of games.
import { userChanged } from '/api/image-client/forum-images.js';
import { api } from './api.js';
import { charactersPage } from './characters.js';
import { avatar, busy, el, messageLine } from './dom.js';
import { galleryPage, minePage } from './gallery.js';
import { storyPage } from './thread.js';

const page = document.getElementById('page');
const who = document.getElementById('who');
let user = null;
let leave = new AbortController();

const ROUTES = [
  [/^\/?$/, gamesPage],
  [/^\/mine$/, minePage],
  [/^\/games\/(\d+)(?:\/chapters\/(\d+))?$/, inGame('story', storyPage)],
  [/^\/games\/(\d+)\/characters$/, inGame('characters', charactersPage)],
  [/^\/games\/(\d+)\/gallery$/, inGame('gallery', galleryPage)],
];

/** Pages get the user, the game, the rest of the address, and a signal that ends when they are left. */
async function show() {
  if (!user) return;
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const path = location.hash.slice(1);
  const [pattern, draw] = ROUTES.find(([candidate]) => candidate.test(path)) ?? [/^/, gamesPage];
  page.classList.add('loading');
  const nodes = await draw({ user, signal }, ...(pattern.exec(path) ?? []).slice(1)).catch(failed);
  if (signal.aborted) return;
  page.classList.remove('loading');
  page.replaceChildren(...nodes);
  document.title = [page.querySelector('h1')?.textContent, 'Pelisivusto'].filter(Boolean).join(' – ');
  scrollTo(0, 0);
}

function failed(error) {
  if (error.status === 401 || error.status === 403) {
    setUser(null);
    return loginNodes(error.message);
  }
  return [el('h1', {}, 'Hupsista'), el('p', { className: 'message' }, error.message)];
}

async function gamesPage() {
  const games = await api('/games');
  const cards = games.map((game) =>
    el(
      'a',
      { className: 'card game', href: `#/games/${game.id}` },
      el('h2', {}, game.name),
      el('p', {}, game.description ?? ''),
      el('span', { className: 'more' }, 'Lue tarinaa →'),
    ),
  );
  return [
    el('h1', {}, 'Pelit'),
    el('p', { className: 'quiet' }, `Hei ${user.username}! Valitse tarina, jota jatkat.`),
    el('div', { className: 'cards' }, cards),
  ];
}

function inGame(active, draw) {
  const tabs = [
    ['story', 'Tarina', ''],
    ['characters', 'Hahmot', '/characters'],
    ['gallery', 'Galleria', '/gallery'],
  ];
  return async (context, gameId, ...rest) => {
    const game = await api(`/games/${gameId}`);
    const links = tabs.map(([id, name, path]) => {
      const here = id === active ? 'page' : undefined;
      return el('a', { href: `#/games/${game.id}${path}`, 'aria-current': here }, name);
    });
    const head = el(
      'div',
      { className: 'game-head' },
      el('h1', {}, game.name),
      el('nav', { className: 'tabs', 'aria-label': 'Peli' }, links),
    );
    return [head, ...(await draw({ ...context, game }, ...rest))];
  };
}

function setUser(next) {
  user = next && { ...next, leads: next.is_admin === 1 || next.roles.includes('"gm"') };
  const out = el('button', { type: 'button', className: 'plain', onclick: logOut }, 'Kirjaudu ulos');
  const mine = el('a', { href: '#/mine' }, 'Omat kuvat');
  who.replaceChildren(
    ...(user ? [avatar(user.id, user.username), el('b', {}, user.username), mine, out] : []),
    language(),
  );
}

/** The forum itself is Finnish; the pictures' elements follow the language of the page. */
function language() {
  const page = document.documentElement;
  const other = () => (page.lang === 'fi' ? 'en' : 'fi');
  const button = el('button', { type: 'button', className: 'plain', lang: other() }, other());
  button.onclick = () => {
    page.lang = other();
    button.lang = other();
    button.textContent = other();
  };
  return button;
}

async function logOut() {
  await api('/logout', { method: 'POST' }).catch(() => {});
  setUser(null);
  userChanged();
  leave.abort();
  page.replaceChildren(...(await loginPage()));
}

async function loginPage() {
  page.classList.remove('loading');
  return loginNodes(undefined, await api('/demo-logins'));
}

function loginNodes(notice, demo) {
  const message = messageLine();
  if (notice) message.show(notice);
  if (!demo) loginPage().then((nodes) => page.replaceChildren(...nodes), message.show);
  const cards = (demo?.users ?? []).map((one, index) =>
    el(
      'button',
      {
        type: 'button',
        className: 'card login',
        onclick: (event) => logIn(event.currentTarget, message, one.email, demo.password),
      },
      avatar(index + 1, one.username),
      el('strong', {}, one.username),
      el('span', {}, one.title),
    ),
  );
  return [
    el(
      'section',
      { className: 'welcome' },
      el('h1', {}, 'Tarinoita, jotka kirjoitetaan yhdessä'),
      el('p', {}, 'Valitse, kenenä astut sisään. ', el('span', { lang: 'en' }, 'Choose who to be.')),
      el('div', { className: 'logins' }, cards),
      demo ? el('p', { className: 'quiet' }, 'Kaikkien salasana on ', el('code', {}, demo.password), '.') : '',
      message.line,
      demo ? loginForm(message, demo) : '',
    ),
  ];
}

function loginForm(message, demo) {
  const email = el('input', { type: 'email', autocomplete: 'username', required: true, value: demo.users[0].email });
  const password = el('input', { type: 'password', autocomplete: 'current-password', required: true });
  const button = el('button', { className: 'primary' }, 'Kirjaudu');
  const onsubmit = (event) => {
    event.preventDefault();
    logIn(button, message, email.value, password.value);
  };
  const fields = [el('label', {}, 'Sähköposti', email), el('label', {}, 'Salasana', password), button];
  return el(
    'details',
    { className: 'by-email' },
    el('summary', {}, 'Kirjaudu sähköpostilla'),
    el('form', { className: 'stack', onsubmit }, fields),
  );
}

function logIn(button, message, email, password) {
  return busy(button, message, async () => {
    const answer = await api('/login', { method: 'POST', body: { email, password } });
    setUser(answer.user);
    userChanged();
    await show();
  });
}

addEventListener('hashchange', () => {
  // The skip link's address is not a page.
  if (location.hash === '' || location.hash.startsWith('#/')) show();
});
setUser(await api('/me').catch(() => null));
if (user) await show();
else page.replaceChildren(...(await loginPage()));
