import { formatBytes, formatTime } from '../../core/units.ts';
import { escapeHtml } from '../../report/html.ts';
import { heldTime } from '../outputs/site-words.ts';
import type { Advice, HeldQuantile, Profile, Site, Unattributed } from '../profile-format.ts';
import { errorText, shareText } from './browser/format.ts';
import { placeOf, shown } from './shown.ts';

// A row of the table of sites. On a phone each row is a card, whose cells say by themselves what they are.

export const SITE_COLUMNS = [
  'Site',
  'Allocated',
  'Sizes',
  'Held',
  'At the peak',
  'Who could recycle it, and how',
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
    `<b class="bytes">${formatBytes(allocated.bytes)}</b>
<span class="bar" style="--share:${share}"></span>
<span><span class="share">${shareText(share)}</span> <span class="error">${errorText(allocated.error)}</span></span>`,
    `${sizesText(site)}${sizes.histogram.length > 1 ? histogram(site) : ''}`,
    heldCell(site),
    atPeak === null
      ? 'not known'
      : `${formatBytes(atPeak.bytes)} <span class="minor">${atPeak.bytes > 0 ? errorText(atPeak.error) : ''}</span>`,
    adviceCell(site),
  ];
  return `<tr data-site="${site.id}">${cells.map(cell).join('')}</tr>`;
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
      ? `${formatBytes(bytes)} <span>${shareText(bytes / (summary.allocated.bytes || 1))} ${errorText(error)}</span>`
      : `${formatBytes(bytes)} <span>not in the total</span>`,
    '–',
    '–',
    '–',
    '–',
  ];
  return `<tr class="nobodys">${cells.map(cell).join('')}</tr>`;
}

function cell(content: string, at: number): string {
  return at === 0 ? `<th scope="row">${content}</th>` : `<td>${content}</td>`;
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
  return `${site.id} <bdi class="name">${escapeHtml(shown(site.name))}</bdi>
<bdi class="place">${escapeHtml(place)}</bdi>
<span class="notes-of">${escapeHtml(notes.filter((note) => note !== '').join(' · '))}</span>
<button type="button" class="screen-only">find in graphs</button>`;
}

function sizesText({ sizes: { min, p50, max }, allocations }: Site): string {
  const text = min === max ? formatBytes(max) : `${formatBytes(min)} – ${formatBytes(max)}`;
  const half = min === max ? '' : `<span class="minor">half ≤ ${formatBytes(p50)}</span>`;
  return `${text} ${half}<span class="minor">${Math.round(allocations).toLocaleString('en')} ×</span>`;
}

/** Bytes by size, a bar a power of two, smallest first. */
function histogram({ sizes: { histogram: bars } }: Site): string {
  const most = Math.max(...bars.map(({ bytes }) => bytes)) || 1;
  const words = bars.map(({ upTo, bytes }) => `up to ${formatBytes(upTo)}: ${formatBytes(bytes)}`);
  const drawn = bars.map(({ bytes }, at) => {
    const height = Math.max(1, Math.round((bytes / most) * 20));
    return `M${at * 8} 20v-${height}h7v${height}`;
  });
  return `<svg role="img" width="${bars.length * 8}" height="20"><title>Bytes by size: ${words.join(', ')}</title><path d="${drawn.join('')}"/></svg>`;
}

function heldCell({ held }: Site): string {
  if (held === null) return 'not known';
  const error = Math.round(held.shareError * 100);
  const short = `${shareText(held.shortLivedShare)} short-lived${error > 0 ? ` ±${error}` : ''}`;
  return `${heldTime(held)} <span class="minor">${spread(held.p50)}</span>
<span class="minor">90% ${atMost(held.p90)}</span>
<span class="minor">${short}</span>`;
}

function atMost({ ms }: HeldQuantile): string {
  return ms === null ? 'longer than watched' : `≤ ${time(ms)}`;
}

/** One standard error below and above. */
function spread({ lowMs, highMs }: HeldQuantile): string {
  if (lowMs === null) return '';
  return highMs === null ? `${time(lowMs)} or more` : `${time(lowMs)} – ${time(highMs)}`;
}

/** To two digits: the estimate has no more. */
function time(ms: number): string {
  return formatTime(Number(ms.toPrecision(2)));
}

function adviceCell({ advice: { who, text } }: Site): string {
  const words = escapeHtml(shown(text, 300)).replace(/`([^`]+)`/g, '<code>$1</code>');
  return `<b class="who">${WHO[who]}</b> <span>${words}</span>`;
}
