// The characters of a game: the list, "Luo hahmo", and one character's page where its reference picture is chosen.
import { api, generate, imageStyles, isFinal, itemsOf, statusText, watch } from './api.js';
import { busy, el, messageLine } from './dom.js';
import { progressBox } from './picture-dialog.js';
import { portrait } from './picture-form.js';
import { aiBadge, removedFigure } from './pictures.js';

export async function charactersPage({ game }) {
  const [characters, styles] = await Promise.all([api(`/games/${game.id}/characters`), imageStyles()]);
  const form = await characterForm('Luo hahmo', {}, styles, async (body) => {
    const created = await api(`/games/${game.id}/characters`, { method: 'POST', body });
    location.hash = `#/games/${game.id}/characters/${created.id}`;
  });
  const cards = characters.map((character) =>
    el(
      'a',
      { className: 'card character', href: `#/games/${game.id}/characters/${character.id}` },
      portrait(character),
      el('strong', {}, character.name),
      el('small', {}, character.can_edit ? 'Oma hahmosi' : character.can_use ? 'Pelin käytössä' : 'Vain omistajalle'),
    ),
  );
  const create = el(
    'details',
    { className: 'composer', open: cards.length === 0 },
    el('summary', {}, 'Luo hahmo'),
    form,
  );
  return [el('section', {}, el('h2', {}, 'Hahmot'), el('div', { className: 'cards faces-grid' }, cards), create)];
}

export async function characterPage({ game, signal }, id) {
  const [character, styles] = await Promise.all([api(`/characters/${id}`), imageStyles()]);
  const style = styles.find((one) => one.id === character.style);
  const face = el('div', { className: 'face-large' });
  const showFace = (now) => {
    const src = now.reference_image_url;
    face.replaceChildren(...(src ? [el('img', { src, alt: now.name }), aiBadge()] : [portrait(now)]));
  };
  showFace(character);
  const about = el(
    'div',
    { className: 'about' },
    el('h2', {}, character.name),
    el('p', {}, character.base_description),
    el('p', { className: 'quiet' }, [style?.name, character.style_modifiers].filter(Boolean).join(' · ')),
  );
  if (character.can_edit) about.append(await editor(character, styles));
  const nodes = [
    el('p', {}, el('a', { href: `#/games/${game.id}/characters` }, '← Kaikki hahmot')),
    el('div', { className: 'sheet' }, face, about),
  ];
  if (character.can_edit) nodes.push(await candidateSection(character, showFace, signal));
  return [el('section', {}, nodes)];
}

async function editor(character, styles) {
  const save = async (body) => {
    await api(`/characters/${character.id}`, { method: 'PATCH', body });
    dispatchEvent(new Event('hashchange'));
  };
  return el(
    'details',
    {},
    el('summary', {}, 'Muokkaa tietoja'),
    await characterForm('Tallenna', character, styles, save),
  );
}

async function characterForm(submitText, character, styles, save) {
  const text = (name, label, props = {}) =>
    el('label', {}, label, el(props.rows ? 'textarea' : 'input', { name, value: character[name] ?? '', ...props }));
  const choice = (name, label, options) => {
    const select = el(
      'select',
      { name },
      options.map(([value, title]) => el('option', { value }, title)),
    );
    select.value = character[name] ?? options[0][0];
    return el('label', {}, label, select);
  };
  const message = messageLine();
  const button = el('button', { className: 'primary' }, submitText);
  const looks = 'Hiukset, silmät, ruumiinrakenne, vaatteet, tuntomerkit – suomeksi tai englanniksi';
  const onsubmit = (event) => {
    event.preventDefault();
    const filled = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]));
    // A new character leaves out what was left empty; an old one may have a text taken away.
    const body = character.id ? filled : Object.fromEntries(Object.entries(filled).filter(([, value]) => value));
    busy(button, message, () => save(body));
  };
  const form = el(
    'form',
    { className: 'stack', onsubmit },
    text('name', 'Nimi', { required: true, maxLength: 100 }),
    text('base_description', 'Ulkonäkö', { rows: 3, required: true, maxLength: 1000, placeholder: looks }),
    choice(
      'style',
      'Tyyli',
      styles.map(({ id, name }) => [id, name]),
    ),
    text('style_modifiers', 'Tyylin tarkennus (ei pakollinen)', { placeholder: 'esim. lämmin valo, pehmeät värit' }),
    text('negative_prompt', 'Mitä kuvissa ei saa näkyä (ei pakollinen)', { placeholder: 'esim. silmälasit' }),
    choice('usable_by', 'Kuka saa käyttää hahmoa kuvissa', [
      ['owner', 'Vain minä'],
      ['game', 'Kaikki pelin jäsenet'],
    ]),
    message.line,
    el('p', { className: 'row end' }, button),
  );
  return form;
}

async function candidateSection(character, showFace, signal) {
  const path = `/characters/${character.id}/reference-images`;
  const grid = el('div', { className: 'candidates' });
  const waiting = el('div', { className: 'candidates' });
  const message = messageLine();
  const count = el(
    'select',
    { 'aria-label': 'Montako ehdokasta' },
    [1, 2, 3, 4].map((n) => el('option', { value: n, selected: n === 2 }, `${n}`)),
  );
  const make = el('button', { type: 'button', className: 'primary' }, 'Luo ehdokkaita');

  const load = async () => {
    const candidates = itemsOf(await api(path));
    grid.replaceChildren(...candidates.map((candidate) => candidateFigure(candidate, accept)));
    if (candidates.length === 0)
      grid.append(
        el('p', { className: 'empty' }, 'Hahmolla ei ole vielä kuvaa. Luo muutama ehdokas ja valitse paras.'),
      );
  };
  const accept = (candidate, button) =>
    busy(button, message, async () => {
      showFace(
        await api(`/characters/${character.id}/reference-image`, {
          method: 'PUT',
          body: { reference_image_id: candidate.id },
        }),
      );
      await load();
    });
  const follow = (generation) => {
    const box = el('div', { className: 'candidate pending' });
    waiting.append(box);
    const onChange = (now) => {
      box.replaceChildren(
        isFinal(now) ? el('p', { className: 'message' }, statusText(now)) : progressBox(now, message),
      );
      if (now.status === 'succeeded') load().then(() => box.remove(), message.show);
    };
    onChange(generation);
    watch(generation, onChange, signal);
  };
  make.onclick = () =>
    busy(make, message, async () => {
      const made = await generate(path, { count: Number(count.value) });
      [made].flat().forEach(follow);
    });

  await load();
  const active = itemsOf(await api('/generations?active=1'));
  active.filter(({ kind, character_ids: ids }) => kind === 'reference' && ids?.includes(character.id)).forEach(follow);
  return el(
    'section',
    {},
    el('div', { className: 'row between' }, el('h3', {}, 'Ehdokkaat'), el('div', { className: 'row' }, count, make)),
    el('p', { className: 'quiet' }, 'Hyväksytty kuva ohjaa hahmon kaikkia tulevia kuvia. Vanhat ehdokkaat säilyvät.'),
    message.line,
    waiting,
    grid,
  );
}

function candidateFigure(candidate, accept) {
  if (candidate.takedown) return removedFigure(candidate);
  const { accepted, revision, width, height } = candidate;
  const src = candidate.thumbnail_url || candidate.image_url;
  const button = el(
    'button',
    { type: 'button', onclick: (event) => accept(candidate, event.currentTarget) },
    'Hyväksy',
  );
  return el(
    'figure',
    { className: `candidate ${accepted ? 'accepted' : ''}` },
    el('img', { src, width, height, alt: 'Ehdokas', loading: 'lazy' }),
    aiBadge(),
    el(
      'figcaption',
      {},
      accepted ? el('b', {}, '✓ Hyväksytty') : button,
      revision ? el('small', {}, `versio ${revision}`) : null,
    ),
  );
}
