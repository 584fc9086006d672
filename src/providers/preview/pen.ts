// The preview's pen: the few SVG shapes and colour sums its drawings are made of. Only numbers and our own colours reach the SVG.

/** One decimal is finer than a pixel; shorter SVG is read faster. */
export function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export function rect(x: number, y: number, width: number, height: number, fill: string, more = ''): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill="${fill}" ${more}/>`;
}

export function circle(x: number, y: number, r: number, fill: string, more = ''): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="${round(r)}" fill="${fill}" ${more}/>`;
}

export function ellipse(x: number, y: number, rx: number, ry: number, fill: string, more = ''): string {
  return `<ellipse cx="${round(x)}" cy="${round(y)}" rx="${round(rx)}" ry="${round(ry)}" fill="${fill}" ${more}/>`;
}

export function path(d: string, fill: string, more = ''): string {
  return `<path d="${d}" fill="${fill}" ${more}/>`;
}

export function line(d: string, stroke: string, width: number, more = ''): string {
  return path(d, 'none', `stroke="${stroke}" stroke-width="${round(width)}" stroke-linecap="round" ${more}`);
}

/** Corners as x, y, x, y … */
export function polygon(fill: string, ...corners: number[]): string {
  return `<polygon points="${corners.map(round).join(' ')}" fill="${fill}"/>`;
}

export function many(count: number, draw: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => draw(i)).join('');
}

/** A light that fades out towards its rim. */
export function glow(id: string, x: number, y: number, r: number, colour: string, strength: number): string {
  const stops = `<stop stop-color="${colour}" stop-opacity="${strength}"/><stop offset="1" stop-color="${colour}" stop-opacity="0"/>`;
  return `<radialGradient id="${id}">${stops}</radialGradient>${circle(x, y, r, `url(#${id})`)}`;
}

/** From top to bottom. */
export function gradient(id: string, from: string, to: string): string {
  return `<linearGradient id="${id}" x2="0" y2="1"><stop stop-color="${from}"/><stop offset="1" stop-color="${to}"/></linearGradient>`;
}

/** Both colours as #rrggbb; 0 is all the first, 1 all the second. */
export function mix(first: string, second: string, amount: number): string {
  const part = (colour: string, i: number) => Number.parseInt(colour.slice(1 + 2 * i, 3 + 2 * i), 16);
  const mixed = [0, 1, 2].map((i) => Math.round(part(first, i) * (1 - amount) + part(second, i) * amount));
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

export const darker = (colour: string, amount = 0.35): string => mix(colour, '#14101f', amount);
export const lighter = (colour: string, amount = 0.3): string => mix(colour, '#ffffff', amount);
