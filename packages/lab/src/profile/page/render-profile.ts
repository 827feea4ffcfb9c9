import { basename } from 'node:path';
import { formatBytes, formatTime } from '../../core/units.ts';
import { chartScript } from '../../report/chart-script.ts';
import { escapeHtml, inlineJson } from '../../report/html.ts';
import { renderShell } from '../../report/page-shell.ts';
import type { Profile } from '../profile-format.ts';
import { shareText } from './browser/format.ts';
import { flameGraphScript } from './flame-graph-script.ts';
import { inlineModules } from './inline-modules.ts';
import { pageData } from './page-data.ts';
import { flameFigure, timelineFigure } from './profile-figures.ts';
import { PROFILE_STYLE } from './profile-style.ts';
import { shown } from './shown.ts';
import { sitesSection } from './sites-section.ts';

/** A profile as one file, which contains its libraries and data, and fetches nothing. */
export function renderProfile(profile: Profile): string {
  const data = pageData(profile);
  return renderShell({
    title: titleOf(profile),
    style: PROFILE_STYLE,
    body: [
      `<h1>${escapeHtml(titleOf(profile))}</h1>`,
      ...facts(profile).map((fact) => `<p class="facts">${escapeHtml(fact)}</p>`),
      `<p class="finding">${escapeHtml(shown(profile.summary.sentence, 1_000))}</p>`,
      notes(profile),
      '<noscript><p>The charts are drawn by scripts, which are turned off here.</p></noscript>',
      timelineFigure(data),
      sitesSection(profile),
      flameFigures(profile),
      `<section class="beside"><h2>Beside the sites</h2>${apis(profile)}${threads(profile)}</section>`,
    ].join('\n'),
    scripts: `<script>${chartScript()}</script>
<script>${flameGraphScript()}</script>
<script type="application/json" id="data">${inlineJson(data)}</script>
<script type="module">${inlineModules(new URL('./browser/main.js', import.meta.url))}</script>`,
  });
}

function titleOf({ command }: Profile): string {
  const [program = '', ...args] = command;
  return shown([basename(program), ...args].join(' '));
}

function facts({
  startedAt,
  durationMs,
  ended,
  lab,
  settings,
  summary,
  threads,
}: Profile): string[] {
  const nodes = [...new Set(threads.map(({ node }) => `Node ${node}`))];
  const end =
    ended.signal !== null
      ? `ended by ${ended.signal}`
      : ended.exitCode === null
        ? 'still running'
        : `ended with code ${ended.exitCode}`;
  const { allocated, ownShare, looksShare } = summary;
  const own = `the profiler took ${shareText(ownShare)} of the program's CPU time`;
  return [
    `${startedAt.slice(0, 16).replace('T', ' ')} UTC · ${formatTime(durationMs)}, ${end} · ${nodes.join(', ')} · giveback-lab ${lab}`,
    `${allocated.samples.toLocaleString('en')} samples, one in ${formatBytes(settings.interval)} at the start, of buffers of at least ${formatBytes(settings.minBytes)} · ${own}, looks ${shareText(looksShare)} of its time`,
  ].map((fact) => shown(fact, 400));
}

function notes({ notes: lines }: Profile): string {
  if (lines.length === 0) return '';
  const items = lines.map((line) => `<li>${escapeHtml(shown(line, 400))}</li>`);
  return `<ul class="notes">${items.join('')}</ul>`;
}

function flameFigures({ summary }: Profile): string {
  const { peak } = summary;
  const when = peak === null ? '' : ` (${formatTime(peak.ms)} after the start)`;
  return `<section id="flames">
<h2>Who called</h2>
<p class="facts">Callers above, what they call below, as wide as its bytes; at the bottom what allocated.
<span class="screen-only">Click or tap a frame, or move with the arrow keys and press Enter, to zoom; Escape shows all again.
What is too small to be seen is left white, until it is zoomed into.</span></p>
<p class="screen-only"><label>Find a function, file or package <input id="search" type="search" autocomplete="off" spellcheck="false"></label></p>
${flameFigure({
  id: 'allocated',
  title: 'By bytes allocated',
  unit: 'the bytes allocated',
  empty: 'Nothing was allocated in this range.',
  ranged: true,
})}
${flameFigure({
  id: 'peak',
  title: `By bytes held at the peak${when}`,
  unit: 'the bytes held at the peak',
  empty: peak === null ? 'Without looks nothing is known of what was held.' : 'Nothing was held.',
  ranged: false,
})}
</section>`;
}

function apis({ apis: all }: Profile): string {
  const used = all.filter(({ bytes, sampled }) => bytes > 0 || sampled.bytes > 0);
  const rows = used.map(({ name, bytes, allocations }) => [
    shown(name),
    formatBytes(bytes),
    allocations.toLocaleString('en'),
  ]);
  return foldedTable('What allocated, counted exactly', ['', 'Bytes', 'Allocations'], rows);
}

function threads({ threads: all }: Profile): string {
  const rows = all.map(({ pid, thread, title, node, startMs, endMs, countedBytes, looks }) => [
    shown(title),
    thread === 0 ? `process ${pid}` : `thread ${thread} of ${pid}`,
    `Node ${shown(node)}`,
    `${formatTime(startMs)} – ${formatTime(endMs)}`,
    formatBytes(countedBytes),
    String(looks),
  ]);
  const head = ['Program', 'Where', 'Runtime', 'When', 'Counted', 'Looks'];
  return foldedTable(`Processes and threads: ${all.length}`, head, rows);
}

function foldedTable(title: string, head: readonly string[], rows: readonly string[][]): string {
  const row = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((text) => `<${tag}>${escapeHtml(text)}</${tag}>`).join('')}</tr>`;
  return `<details><summary>${escapeHtml(title)}</summary><div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(title)}"><table><thead>${row(head, 'th')}</thead><tbody>${rows.map((cells) => row(cells, 'td')).join('')}</tbody></table></div></details>`;
}
