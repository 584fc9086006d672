// What a picture is asked with: its kind, its characters, the scene in words, its shape and its style.
import { api, imageStyles } from './api.js';
import { el } from './dom.js';

const MODES = [
  ['character', 'Hahmo', 'Muotokuva yhdestä hahmosta'],
  ['scene_with_character', 'Kohtaus hahmon kanssa', 'Hahmot tekemässä jotakin'],
  ['scene', 'Kohtaus ilman hahmoa', 'Paikka, esine tai tunnelma'],
];
const SHAPES = ['1:1', '2:3', '3:2', '3:4', '4:3', '9:16', '16:9'];
const SCENE = {
  character: ['Ilme, asento tai vaatteet (ei pakollinen)', 'esim. nauraa, lumihiutaleita hiuksissa'],
  scene_with_character: ['Mitä kohtauksessa tapahtuu?', 'esim. seisoo sillalla sateessa, lyhty kädessä'],
  scene: ['Mitä kuvassa näkyy?', 'esim. autio majakka myrskyssä, yö'],
};

/** @returns the form and `read`, which gives the request's body */
export async function pictureForm({ game }, onSubmit) {
  const [characters, styles] = await Promise.all([api(`/games/${game.id}/characters`), imageStyles()]);
  const usable = characters.filter(({ can_use: mayUse }) => mayUse);
  const scene = el('textarea', { name: 'scene', rows: 3, maxLength: 1000 });
  const sceneLabel = el('span');
  const picker = characterPicker(usable, game);
  const style = el(
    'select',
    { name: 'style' },
    el('option', { value: '' }, 'Hahmon tai pelin oma'),
    styles.map(({ id, name }) => el('option', { value: id }, name)),
  );
  const form = el(
    'form',
    { className: 'stack picture-form' },
    el('fieldset', { className: 'modes' }, el('legend', {}, 'Millainen kuva?'), MODES.map(modeChoice)),
    picker.fieldset,
    el('label', {}, sceneLabel, scene),
    el('fieldset', { className: 'shapes' }, el('legend', {}, 'Muoto'), SHAPES.map(shapeChoice)),
    el('label', {}, 'Tyyli', style),
  );
  const mode = () => form.elements.mode.value;
  const refresh = () => {
    const [label, hint] = SCENE[mode()];
    sceneLabel.textContent = label;
    scene.placeholder = hint;
    scene.required = mode() !== 'character';
    picker.show(mode());
  };
  form.elements.mode.value = usable.length > 0 ? 'scene_with_character' : 'scene';
  form.onchange = refresh;
  form.onsubmit = (event) => {
    event.preventDefault();
    onSubmit();
  };
  refresh();
  return { form, read: () => bodyOf(form, mode(), picker.chosen()) };
}

function bodyOf(form, mode, characterIds) {
  const { scene, aspect_ratio: shape, style } = form.elements;
  if (mode !== 'scene' && characterIds.length === 0) throw new Error('Valitse ensin hahmo.');
  return {
    mode,
    ...(mode !== 'scene' && { character_ids: characterIds }),
    ...(scene.value.trim() && { scene: scene.value.trim() }),
    aspect_ratio: shape.value,
    ...(style.value && { style: style.value }),
  };
}

function modeChoice([value, name, hint]) {
  const input = el('input', { type: 'radio', name: 'mode', value });
  return el('label', { className: 'choice' }, input, el('strong', {}, name), el('small', {}, hint));
}

function shapeChoice(value) {
  const input = el('input', { type: 'radio', name: 'aspect_ratio', value, checked: value === '3:2' });
  const box = el('i', { className: `shape s${value.replace(':', '-')}`, 'aria-hidden': 'true' });
  return el('label', { className: 'choice' }, input, box, el('small', {}, value));
}

/** A portrait has one character, a scene may have several. */
function characterPicker(characters, game) {
  const inputs = characters.map(({ id }) => el('input', { type: 'checkbox', value: id }));
  if (inputs.length === 1) inputs[0].checked = true;
  const cards = characters.map((character, index) =>
    el('label', { className: 'choice face' }, inputs[index], portrait(character), el('small', {}, character.name)),
  );
  const none = el(
    'p',
    { className: 'quiet' },
    'Pelissä ei ole vielä hahmoja. ',
    el('a', { href: `#/games/${game.id}/characters` }, 'Luo hahmo'),
  );
  const fieldset = el('fieldset', { className: 'faces' }, el('legend', {}, 'Hahmot'), cards.length > 0 ? cards : none);
  let mode = '';
  const onlyOne = (kept) => {
    for (const input of inputs) if (input !== kept) input.checked = false;
  };
  for (const input of inputs) {
    input.onchange = () => {
      if (mode === 'character' && input.checked) onlyOne(input);
    };
  }
  return {
    fieldset,
    show: (next) => {
      mode = next;
      fieldset.hidden = mode === 'scene';
      if (mode === 'character') onlyOne(inputs.find(({ checked }) => checked));
    },
    chosen: () => inputs.filter(({ checked }) => checked).map(({ value }) => Number(value)),
  };
}

/** A character's accepted picture, or its initial while there is none. */
export function portrait({ name, reference_thumbnail_url: thumbnail, reference_image_url: image }) {
  const src = thumbnail || image;
  if (src) return el('img', { className: 'portrait', src, alt: '', loading: 'lazy' });
  return el('span', { className: 'portrait blank', 'aria-hidden': 'true' }, name.slice(0, 1));
}
