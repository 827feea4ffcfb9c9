import type { Profile } from '../profile-format.ts';
import { SITE_COLUMNS, siteRow, unattributedRow } from './site-row.ts';

/** More are shown when asked for. */
const SHOWN = 10;

const MEANING = `Allocated: estimated from samples; ± is one standard error of the figure. Held: from the allocation until
looks, which are full collections at random times, found it unreachable: half of the bytes were held for at most so long,
with one standard error below and above. When a buffer was used for the last time cannot be known. Short-lived: held for
at most 100 ms. At the peak: reachable at the look that found most.`;

export function sitesSection(profile: Profile): string {
  const { sites, unattributed } = profile;
  const more = sites.slice(SHOWN);
  return `<section id="sites">
<h2>Call sites <span class="chip" hidden></span></h2>
${order(profile)}
<table class="sites">
<thead><tr>${SITE_COLUMNS.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead>
<tbody>
${sites.slice(0, SHOWN).map(siteRow).join('\n')}
${unattributed.map((line) => unattributedRow(line, profile)).join('\n')}
</tbody>
</table>
<template class="more"><table><tbody>${more.map(siteRow).join('\n')}</tbody></table></template>
<p><button type="button" class="more screen-only"${more.length === 0 ? ' hidden' : ''}>Show all ${sites.length.toLocaleString('en')} sites</button></p>
<p class="facts">${MEANING}</p>
</section>`;
}

/** Without looks there is one order only. */
function order({ summary }: Profile): string {
  if (summary.peak === null)
    return '<select class="order" hidden><option value="bytes"></option></select>';
  return `<p class="screen-only"><label>Sort by <select class="order">
<option value="bytes">bytes allocated</option>
<option value="peakBytes">bytes held at the peak</option>
<option value="shortLivedBytes">short-lived bytes</option></select></label></p>`;
}
