import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Page } from '../../helpers/browser-page.ts';
import { inBrowser, pages, placeOf, rootOf, textOf } from './pages.ts';

describe('a range of profile.html', inBrowser, () => {
  const { openSample } = pages();

  test('a range shows what was allocated in it, in the table and in the graph of what was allocated', async () => {
    const page = await openSample();
    const whole = { table: await tableOf(page), root: await rootOf(page, '#allocated') };
    const peak = await rootOf(page, '#peak');
    // Site 1 allocates in the first half of the run only.
    await page.evaluate('document.querySelector(".from").focus()');
    await page.press('PageUp', 5);
    const table = await tableOf(page);
    assert.equal(table[0]?.place, whole.table[1]?.place);
    assert.ok(!table.some(({ place }) => place === whole.table[0]?.place));
    assert.ok(Math.abs((table[0]?.bytes ?? 0) / (whole.table[1]?.bytes ?? 0) - 0.5) < 0.01);
    const half = await rootOf(page, '#allocated');
    assert.ok(half > 0 && half < 0.5 * whole.root, `${half} of ${whole.root}`);
    assert.equal(await rootOf(page, '#peak'), peak);
    assert.match(
      await textOf(page, '#timeline output'),
      /^3 s to 6 s: .* allocated, \d+% of all\.$/,
    );
    assert.equal(await textOf(page, '#sites .chip'), '3 s to 6 s only');
    await page.press('Escape');
    assert.deepEqual(await tableOf(page), whole.table);
    assert.equal(await rootOf(page, '#allocated'), whole.root);
  });

  test('a stroke over the timeline selects the same range as the sliders', async () => {
    const page = await openSample();
    const { left, top, width } = await placeOf(page, 'document.querySelector(".area")');
    const at = (share: number) => ({ x: left + share * width + 2, y: top + 60 });
    await page.drag(at(0.25), at(0.5));
    assert.match(await textOf(page, '#timeline output'), /^1\.5 s to 3\.05 s:/);
    await page.drag(at(0.75));
    assert.match(
      await textOf(page, '#timeline output'),
      /^1\.5 s to 3\.05 s:/,
      'a click is no stroke',
    );
    await page.evaluate('document.querySelector(".whole").click()');
    await page.drawn();
    assert.match(await textOf(page, '#timeline output'), /^The whole run/);
  });

  test('the table is in the order that is asked for, in a range too', async () => {
    const page = await openSample({ sites: 30 });
    const ids = (): Promise<number[]> =>
      page.evaluate(
        '[...document.querySelectorAll("#sites tbody tr[data-site]")].map((row) => Number(row.dataset.site))',
      );
    assert.deepEqual(await ids(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await page.evaluate('document.querySelector(".order").focus()');
    await page.press('ArrowDown');
    // Every third site holds something at the peak.
    assert.deepEqual(await ids(), [1, 4, 7, 10, 13, 16, 19, 22, 25, 28]);
    await page.evaluate('document.querySelector(".from").focus()');
    await page.press('PageUp', 5);
    assert.deepEqual(await ids(), [4, 7, 10, 13, 16, 19, 22, 25, 28, 2], 'without site 1');
  });

  test('neither slider passes the other', async () => {
    const page = await openSample();
    await page.evaluate('document.querySelector(".to").focus()');
    await page.press('Home');
    assert.match(await textOf(page, '#timeline output'), /^0 s to 0\.05 s:/);
    await page.evaluate('document.querySelector(".from").focus()');
    await page.press('End');
    assert.match(await textOf(page, '#timeline output'), /^0 s to 0\.05 s:/);
  });
});

function tableOf(page: Page): Promise<{ place: string; bytes: number }[]> {
  return page.evaluate(`[...document.querySelectorAll('#sites tbody tr[data-site]')]
    .map((row) => ({
      place: row.querySelector('.place').textContent,
      bytes: parseFloat(row.querySelector('.bytes').textContent),
    }))`);
}
