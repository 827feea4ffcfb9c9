import { escapeHtml } from '../../report/html.ts';
import type { Advice, HeldQuantile, Profile, Site, Unattributed } from '../profile-format.ts';
import { bytesText, errorText, shareText, sizeText, timeText } from './browser/format.ts';
import { placeOf, shown } from './page-data.ts';

// A row of the table of sites. On a phone each row is a card, whose cells say by themselves what they are.

export const SITE_COLUMNS = [
  'Site',
  'Allocated',
  'Sizes',
  'Held',
  'At the peak',
  'What to do',
] as const;

const WHO: Readonly<Record<Advice['who'], string>> = {
  you: 'You',
  package: 'The package',
  nobody: 'Nobody',
};

export function siteRow(site: Site): string {
  const { allocated, share, sizes, atPeak } = site;
  const cells = [
    siteCell(site),
    `<b class="bytes">${bytesText(allocated.bytes)}</b>
<span class="bar" style="--share:${share}"></span>
<span><span class="share">${shareText(share)}</span> <span class="error">${errorText(allocated.error)}</span></span>`,
    `${sizesText(site)}${sizes.histogram.length > 1 ? histogram(site) : ''}`,
    heldCell(site),
    atPeak === null
      ? 'not known'
      : `${bytesText(atPeak.bytes)} <span class="minor">${atPeak.bytes > 0 ? errorText(atPeak.error) : ''}</span>`,
    adviceCell(site),
  ];
  return `<tr role="row" data-site="${site.id}">${cells.map(cell).join('')}</tr>`;
}

/** Bytes that belong to no site. A line of their own: they are spread over no site. */
export function unattributedRow(
  { reason, text, bytes, error }: Unattributed,
  { summary }: Profile,
): string {
  const sampled = reason !== 'not sampled';
  const cells = [
    `<em>Attributed to no site</em> ${escapeHtml(shown(text, 300))}`,
    sampled
      ? `${bytesText(bytes)} <span>${shareText(bytes / (summary.allocated.bytes || 1))} ${errorText(error)}</span>`
      : `${bytesText(bytes)} <span>not in the total</span>`,
    '–',
    '–',
    '–',
    '–',
  ];
  return `<tr role="row" class="nobodys">${cells.map(cell).join('')}</tr>`;
}

function cell(content: string, at: number): string {
  return at === 0
    ? `<th role="rowheader" scope="row">${content}</th>`
    : `<td role="cell" data-label="${SITE_COLUMNS[at]}">${content}</td>`;
}

function siteCell(site: Site): string {
  const place = placeOf(site);
  const notes = [
    ...(site.kind === 'opened' ? ['opened here'] : []),
    ...(site.package === null ? [] : [`through ${shown(site.package)}`]),
    site.apis
      .map(({ name }) => shown(name))
      .slice(0, 3)
      .join(', '),
  ];
  return `<bdi class="name">${escapeHtml(shown(site.name))}</bdi>
<bdi class="place">${escapeHtml(place)}</bdi>
<span class="minor">${escapeHtml(notes.filter((note) => note !== '').join(' · '))}</span>
<button type="button" class="screen-only" data-find="${escapeHtml(place)}" aria-label="Find ${escapeHtml(place)} in the flame graphs">find in graphs</button>`;
}

function sizesText({ sizes: { min, p50, max }, allocations }: Site): string {
  const text = min === max ? sizeText(max) : `${sizeText(min)} – ${sizeText(max)}`;
  const half = min === max ? '' : `<span class="minor">half ≤ ${sizeText(p50)}</span>`;
  return `${text} ${half}<span class="minor">${Math.round(allocations).toLocaleString('en')} ×</span>`;
}

/** Bytes by size, a bar a power of two, smallest first. */
function histogram({ sizes: { histogram: bars } }: Site): string {
  const most = Math.max(...bars.map(({ bytes }) => bytes)) || 1;
  const words = bars.map(({ upTo, bytes }) => `up to ${sizeText(upTo)}: ${bytesText(bytes)}`);
  const drawn = bars.map(({ bytes }) => `<i style="--height:${(bytes / most).toFixed(3)}"></i>`);
  const label = escapeHtml(`Bytes by size: ${words.join(', ')}`);
  return `<span class="histogram" role="img" aria-label="${label}" title="${label}">${drawn.join('')}</span>`;
}

function heldCell({ held }: Site): string {
  if (held === null) return 'not known';
  const short = held.shortLivedShare;
  return `${quantileText(held.p50)} <span class="minor">${spread(held.p50)}</span>
<span class="minor">90% ${atMost(held.p90)}</span>
<span class="minor">${shareText(short)} short-lived ±${(held.shareError * 100).toFixed(0)}</span>`;
}

function quantileText({ ms }: HeldQuantile): string {
  return ms === null ? 'longer than watched' : timeText(ms);
}

function atMost({ ms }: HeldQuantile): string {
  return ms === null ? 'longer than watched' : `≤ ${timeText(ms)}`;
}

/** One standard error below and above. */
function spread({ lowMs, highMs }: HeldQuantile): string {
  if (lowMs === null) return '';
  return highMs === null
    ? `${timeText(lowMs)} or more`
    : `${timeText(lowMs)} – ${timeText(highMs)}`;
}

function adviceCell({ advice: { who, text } }: Site): string {
  const words = escapeHtml(shown(text, 300)).replace(/`([^`]+)`/g, '<code>$1</code>');
  return `<b>${WHO[who]}</b> <span>${words}</span>`;
}
