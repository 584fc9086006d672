// The look of a comparison's page: light and dark, from 360 pixels up, and on paper.
export const PAGE_STYLE = `
:root { color-scheme: light dark; --paper: #fbfaf7; --card: #fff; --ink: #23212b; --soft: #67636f; --line: #dedad2;
  --band: #d9d4c8; --accent: #2f6f63; --bad: #a8322f; --track: #f0ede6 }
@media (prefers-color-scheme: dark) { :root { --paper: #17161c; --card: #201f27; --ink: #eceaf0; --soft: #a5a1ae;
  --line: #36343f; --band: #4b4856; --accent: #6fcbb6; --bad: #f08a80; --track: #2a2832 } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 84rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem }
h3 { font-size: 1rem; font-weight: 600; margin: 0 0 .6rem }
p { margin: 0 0 .75rem; max-width: 46rem }
.soft, figcaption small { color: var(--soft) }
.top { display: grid; gap: 1.5rem; align-items: start }
.top > figure { max-width: 15rem }
.verdict { font-size: 1.15rem; max-width: 46rem }
figure { margin: 0 }
img { display: block; width: 100%; height: auto; border-radius: .4rem; background: var(--track) }
figcaption { padding-top: .4rem; line-height: 1.35 }
figcaption small { display: block }
figcaption small.beside { display: inline }
.facts { display: grid; grid-template-columns: auto 1fr; gap: .15rem 1rem; margin: 0; font-size: .92rem }
.facts dt { color: var(--soft) }
.facts dd { margin: 0 }
.measures { display: grid; gap: 1.1rem; margin: 0; padding: 0; list-style: none }
.measures h3 { margin: 0; display: flex; flex-wrap: wrap; gap: 0 .75rem; align-items: baseline }
.measures .mean { font-variant-numeric: tabular-nums; color: var(--accent) }
.others .mean { color: var(--soft) }
.measures svg { display: block; width: 100%; height: 2.1rem; margin: .25rem 0 }
.measures p { margin: 0; font-size: .92rem }
.track { fill: var(--track) }
.band { fill: var(--band) }
.centre { stroke: var(--soft); stroke-width: 1px; stroke-dasharray: 3 3 }
.tick { stroke: var(--accent); stroke-width: 2px; opacity: .55 }
.middle { stroke: var(--accent); stroke-width: 4px }
.others .tick, .others .middle { stroke: var(--soft) }
.scale { display: flex; justify-content: space-between; font-size: .8rem; color: var(--soft) }
.scene { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; margin: 0 0 1rem }
.row { display: grid; gap: 1rem .75rem; grid-template-columns: 1fr 1fr; align-items: start }
.score { font-variant-numeric: tabular-nums; font-weight: 600 }
.above { color: var(--accent) }
.failed { display: grid; place-content: center; min-height: 9rem; padding: 1rem; text-align: center; border: 1px dashed var(--line);
  border-radius: .4rem; color: var(--bad) }
details { margin-top: .3rem; font-size: .85rem }
summary { cursor: pointer; color: var(--soft) }
details dl { margin: .4rem 0 0; display: grid; gap: .3rem }
details dt { color: var(--soft); font-size: .8rem }
details dd { margin: 0; white-space: pre-wrap }
@media (min-width: 46rem) { .top { grid-template-columns: 15rem 1fr }
  .row { grid-template-columns: none; grid-auto-flow: column; grid-auto-columns: minmax(0, 21rem); justify-content: start } }
@media print { :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --band: #ccc; --accent: #205c50;
  --bad: #900; --track: #eee } body { max-width: none; padding: 0; font-size: 10pt } .scene, .measures li { break-inside: avoid }
  .row { grid-template-columns: repeat(4, 1fr); grid-auto-flow: row } * { print-color-adjust: exact } details { display: none } }
`;
