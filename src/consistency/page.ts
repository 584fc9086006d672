// One comparison as one file of HTML that needs nothing else: the pictures are inside, and no address is ever asked for.
import { createHash } from 'node:crypto';
import type { Compared } from './comparison.ts';
import { Html, html } from './html.ts';
import { dollars, measures, score, verdict } from './page-figures.ts';
import { PAGE_STYLE } from './page-style.ts';
import type { ComparedPicture, Report } from './report.ts';

/** Opened from a disk the page has no headers, so it says itself what it may do: show its own pictures in its own style. */
const POLICY = `default-src 'none'; img-src data:; style-src 'sha256-${createHash('sha256').update(PAGE_STYLE).digest('base64')}'`;

export function pageOf(compared: Compared): string {
  const { report } = compared;
  const title = `${report.character.name}: which strategy keeps the character?`;
  const page = html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${STYLE}</style>
<body>
<header class="top">
<figure>${picture(compared.reference, `Accepted reference of ${report.character.name}`)}<figcaption>Accepted reference <small>revision ${report.character.reference_revision}</small></figcaption></figure>
<div><h1>${title}</h1>
<p class="verdict">${verdict(report)}</p>
${facts(report)}</div>
</header>
<section><h2>How like the reference</h2>
${measures(report)}</section>
${explanation(report)}
<section><h2>The pictures</h2>
${report.scenes.map((scene, at) => sceneRow(compared, scene, at))}</section>
</body>
</html>
`;
  return page.markup;
}

/** As it stands, or its checksum would be another. */
const STYLE = new Html(PAGE_STYLE);

function facts(report: Report): Html {
  const { created_at, character, paid_by, provider, model, seed, strategies, left_out, scenes } = report;
  const credits = strategies.reduce((sum, each) => sum + each.credits, 0);
  const usd = strategies.reduce((sum, each) => sum + each.cost_usd, 0);
  const rows: [string, string][] = [
    ['Made', `${created_at.slice(0, 16).replace('T', ' ')} UTC`],
    ['Character', `${character.name} (${character.id}), game ${character.game_id}`],
    ['Compared', `${strategies.map(({ strategy }) => strategy).join(', ')} in ${scenes.length} scenes, seed ${seed}`],
    ...left_out.map(({ strategy, reason }): [string, string] => ['Left out', `${strategy}: ${reason}`]),
    ['Drawn by', `${provider}, ${model}`],
    ['Paid by', `${paid_by.username}: ${credits} credits, ${dollars(usd)}`],
  ];
  return html`<dl class="facts">${rows.map(([term, text]) => html`<dt>${term}</dt><dd>${text}</dd>`)}</dl>`;
}

function explanation({ measure, baseline }: Report): Html {
  return html`<section><h2>What the score says, and what it does not</h2>
<p>It is the <strong>${measure}</strong>: how much of what stands in the middle of the reference, patch by patch, is found again
in the middle of the picture, and the other way round. 1 is the same picture.</p>
<p>It is <strong>no proof of identity</strong>. It does not know faces: a stranger in the same cloak scores high, the right face
in other clothes scores low. Light, style and framing move it, too. A score by itself means little; how far it is above the
scores of other characters' pictures${baseline.length > 0 ? ' (grey)' : ''} means something. Your own eyes mean more: the pictures are below.</p></section>`;
}

function sceneRow(compared: Compared, scene: string, at: number): Html {
  const cells = compared.report.pictures.filter((each) => each.scene === at);
  return html`<article class="scene"><h3>${at + 1}. ${scene}</h3>
<div class="row">${cells.map((cell) => pictureCell(compared, cell))}</div></article>
`;
}

function pictureCell({ report, thumbnails }: Compared, cell: ComparedPicture): Html {
  const thumbnail = cell.generation_id === null ? undefined : thumbnails.get(cell.generation_id);
  const alt = `${report.character.name} by “${cell.strategy}”: ${report.scenes[cell.scene]}`;
  const shown = thumbnail
    ? picture(thumbnail, alt)
    : html`<div class="failed">${cell.error ?? 'The picture cannot be read.'}</div>`;
  return html`<figure>${shown}<figcaption><strong>${cell.strategy}</strong> ${scoreText(cell, report.baseline)}
<small>${costText(cell)}</small>${recipe(cell)}</figcaption></figure>`;
}

function scoreText({ score: value, score_reason, error }: ComparedPicture, baseline: number[]): Html | null {
  if (error !== null) return null;
  if (value === null) return html`<small class="beside">no score: ${score_reason ?? ''}</small>`;
  const beaten = baseline.filter((each) => value > each).length;
  const rank =
    baseline.length > 0 ? html` <small class="beside">above ${beaten} of ${baseline.length} others</small>` : null;
  return html`<span class="score${beaten === baseline.length && beaten > 0 ? ' above' : ''}">${score(value)}</span>${rank}`;
}

function costText({ seconds, credits, cost_usd }: ComparedPicture): string {
  const time = seconds === null ? [] : [`${seconds.toFixed(1)} s`];
  return [...time, `${credits} credit${credits === 1 ? '' : 's'}`, dollars(cost_usd ?? 0)].join(' · ');
}

function recipe({ recipe: fields, generation_id }: ComparedPicture): Html | null {
  if (!fields) return null;
  const rows = Object.entries({ generation_id, ...fields }).filter(([, value]) => value !== null && value !== '');
  const shown = rows.map(([name, value]) => html`<dt>${name}</dt><dd>${plain(value)}</dd>`);
  return html`<details><summary>Recipe</summary><dl>${shown}</dl></details>`;
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function picture(bytes: Buffer, alt: string): Html {
  return html`<img src="data:image/webp;base64,${bytes.toString('base64')}" alt="${alt}">`;
}
