// The figures of a comparison's page: every score as a stroke on one scale, and below each strategy what that amounts to.
import { type Html, html } from './html.ts';
import { mean, type Report, type StrategyFigures } from './report.ts';

/** Means closer than this are not called better or worse. */
const SAME_MEAN = 0.03;

export function score(value: number | null): string {
  return value === null ? '–' : value.toFixed(2);
}

export function dollars(usd: number): string {
  return usd === 0 ? '$0' : `$${usd.toFixed(usd < 0.1 ? 4 : 2)}`;
}

/** The answer in one or two sentences. */
export function verdict({ strategies, baseline }: Report): string {
  const scored = strategies.filter(({ mean }) => mean !== null);
  const sorted = scored.toSorted((one, other) => (other.mean ?? 0) - (one.mean ?? 0));
  const [best, second] = sorted;
  if (!best) return 'No picture could be measured.';
  if (baseline.length === 0)
    return 'There are no pictures of other characters yet, and without them a score says little. Look at the pictures.';
  const alike = sorted.filter((each) => (best.mean ?? 0) - (each.mean ?? 0) < SAME_MEAN);
  if (second && alike.length > 1) return `No clear difference between ${namesOf(alike)}. ${wins(best)}`;
  const lead = second ? `“${best.strategy}” comes nearest to the accepted reference.` : '';
  return `${lead} ${wins(best)}`.trim();
}

function namesOf(strategies: StrategyFigures[]): string {
  const names = strategies.map(({ strategy }) => `“${strategy}”`);
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function wins({ strategy, above_baseline }: StrategyFigures): string {
  const percent = Math.round((above_baseline ?? 0) * 100);
  return `In ${percent} of 100 comparisons a picture by “${strategy}” is more like the reference than a picture of another character is; by chance it would be 50.`;
}

export function measures(report: Report): Html {
  const { strategies, baseline, pictures } = report;
  const rows = strategies.map((figures) => {
    const scores = pictures.filter(({ strategy }) => strategy === figures.strategy).map((picture) => picture.score);
    return row(figures.strategy, present(scores), baseline, summary(figures));
  });
  return html`<ul class="measures">${rows}${others(baseline)}</ul>
<div class="scale"><span>0 nothing in common</span><span>1 the same picture</span></div>`;
}

function row(name: string, scores: number[], baseline: number[], text: Html): Html {
  return html`<li><h3>${name} <span class="mean">mean ${score(mean(scores))}</span></h3>
${strokes(scores, baseline, `${name}: ${scores.map(score).join(', ')}`)}<p class="soft">${text}</p></li>`;
}

function others(baseline: number[]): Html {
  if (baseline.length === 0)
    return html`<li class="others"><p>No pictures of other characters to compare with.</p></li>`;
  const text = `${baseline.length} pictures of other characters, from ${score(Math.min(...baseline))} to ${score(Math.max(...baseline))}: the grey band; dashed, their mean`;
  return html`<li class="others"><h3>other characters <span class="mean">mean ${score(mean(baseline))}</span></h3>
${strokes(baseline, baseline, text)}<p class="soft">${text}</p></li>`;
}

function summary(figures: StrategyFigures): Html {
  const { lowest, above_baseline, pictures, failed, mean_seconds, credits, cost_usd } = figures;
  const above = above_baseline === null ? '' : ` · above the others in ${Math.round(above_baseline * 100)} %`;
  const time = mean_seconds === null ? '' : ` · ${mean_seconds.toFixed(1)} s each`;
  const lost = failed > 0 ? ` · ${failed} failed` : '';
  return html`lowest ${score(lowest)}${above} · ${pictures} pictures${lost}${time} · ${credits} credits, ${dollars(cost_usd)}`;
}

/** The scale is whole, 0 to 1: cut off, small differences would look large. */
function strokes(scores: number[], baseline: number[], label: string): Html {
  const [low, high] = [Math.min(...baseline), Math.max(...baseline)];
  const band =
    baseline.length > 0
      ? html`<rect class="band" x="${low * 100}" width="${Math.max(0.3, (high - low) * 100)}" height="20"/>${stroke('centre', mean(baseline) ?? 0, 0)}`
      : null;
  const middle = mean(scores);
  return html`<svg viewBox="0 0 100 20" preserveAspectRatio="none" role="img" aria-label="${label}"><rect class="track" width="100" height="20"/>${band}${scores.map((each) => stroke('tick', each, 5))}${middle === null ? null : stroke('middle', middle, 0)}</svg>`;
}

function stroke(kind: 'tick' | 'middle' | 'centre', at: number, inset: number): Html {
  const x = (at * 100).toFixed(2);
  return html`<line class="${kind}" x1="${x}" x2="${x}" y1="${inset}" y2="${20 - inset}" vector-effect="non-scaling-stroke"/>`;
}

function present(scores: (number | null)[]): number[] {
  return scores.filter((each) => each !== null);
}
