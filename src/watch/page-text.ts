/**
 * The empty page of `vcycle watch`: its HTML and its style. Not here: what fills it (`page/page.ts`).
 */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>vcycle watch</title>
<link rel="stylesheet" href="/uplot.css">
<link rel="stylesheet" href="/page.css">
</head>
<body>
<header>
<h1>vcycle <span>watch</span></h1>
<fieldset>
<legend>Horizontal axis</legend>
<label><input type="radio" name="axis" value="steps" checked> training steps</label>
<label><input type="radio" name="axis" value="flops"> FLOPs</label>
</fieldset>
<label>smoothing <input type="range" id="smoothing" min="0" max="0.99" step="0.01" value="0.9"></label>
<p id="connection" role="status">connecting</p>
</header>
<main>
<section aria-label="Loss"><div id="chart"></div><p class="note">Lines: training loss, smoothed. Dots: validation loss. Dotted verticals: where a transfer changes the level.</p></section>
<section aria-label="Runs" id="runs"><p id="empty">No run is there yet.</p></section>
</main>
<script type="module" src="/page.js"></script>
</body>
</html>
`;

export const PAGE_STYLE = `:root { color-scheme: light dark; --ink: #1d1f23; --soft: #636873; --paper: #ffffff; --line: #d9dce2; --field: #f4f5f7; --stage: #0072b2; --rate: #b34700; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaee; --soft: #a0a6b2; --paper: #15171b; --line: #343941; --field: #1f2329; --stage: #56b4e9; --rate: #e69f00; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: 0.5rem 2rem; align-items: center; padding: 0.75rem 1.25rem; border-bottom: 1px solid var(--line); }
h1 { font-size: 1.1rem; margin: 0; } h1 span { color: var(--soft); font-weight: 400; }
fieldset { border: 0; padding: 0; margin: 0; display: flex; gap: 1rem; } legend { position: absolute; left: -99rem; }
#smoothing { vertical-align: middle; width: 8rem; }
#connection { margin: 0 0 0 auto; color: var(--soft); }
main { padding: 1rem 1.25rem; max-width: 90rem; margin: 0 auto; }
#chart { min-height: 360px; }
.note { color: var(--soft); margin: 0.25rem 0 1.25rem; font-size: 0.87rem; }
.run { border: 1px solid var(--line); border-radius: 6px; padding: 0.7rem 0.9rem; margin: 0 0 0.75rem; }
.run h2 { font-size: 1rem; margin: 0; display: flex; flex-wrap: wrap; gap: 0.2rem 0.75rem; align-items: baseline; }
.run h2 i { width: 1.6rem; border-top: 3px solid; display: inline-block; transform: translateY(-0.25rem); }
.run code { color: var(--soft); font-size: 0.87rem; overflow-wrap: anywhere; }
.figures { display: flex; flex-wrap: wrap; gap: 0.2rem 1.4rem; margin: 0.35rem 0; font-variant-numeric: tabular-nums; }
.figures b { font-weight: 400; color: var(--soft); }
.status { font-weight: 400; font-size: 0.87rem; padding: 0 0.45rem; border-radius: 1rem; background: var(--field); border: 1px solid var(--line); }
.cycle { overflow-x: auto; }
.cycle svg { display: block; width: 100%; min-width: 34rem; max-width: 52rem; height: auto; margin: 0.4rem 0; } .cycle .place { stroke: var(--ink); stroke-width: 1.5; }
.stages { display: flex; flex-wrap: wrap; gap: 2px; margin: 0.4rem 0 0; padding: 0; list-style: none; }
.stages li { background: var(--field); border: 1px solid var(--line); border-radius: 3px; padding: 0 0.35rem; font-size: 0.8rem; min-width: 2.2rem; flex: 1 1 0; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
.stages progress { display: block; width: 100%; height: 4px; margin: 0 0 0.15rem; }
.u-legend { color: var(--ink); text-align: left; }
`;
