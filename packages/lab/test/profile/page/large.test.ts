import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { framesIn, inBrowser, pages } from './pages.ts';

// It takes a quarter of a minute.
const isSoak = process.env.GIVEBACK_SOAK !== undefined;
const when = isSoak ? inBrowser : { skip: 'only with GIVEBACK_SOAK=1' };

describe('a large profile.html', when, () => {
  const { openSample } = pages();

  test('5,000 sites, each with a stack of its own, 60 deep, open in 3 s', async () => {
    const page = await openSample({ sites: 5_000, depth: 60, apart: true });
    assert.deepEqual(page.complaints, []);
    const before = await page.workedMs();
    await page.load();
    const worked = (await page.workedMs()) - before;
    assert.ok(
      worked > 100 && worked < 3_000,
      `its main thread worked for ${Math.round(worked)} ms`,
    );
    await page.evaluate('document.querySelector("button.more").click()');
    const rows = 'document.querySelectorAll("#sites tbody tr[data-site]").length';
    assert.equal(await page.evaluate(rows), 5_000);
    // Zooming shows what was too small to be drawn.
    await page.evaluate('document.querySelector("#search").focus()');
    await page.press('Tab');
    await page.press('ArrowDown');
    const all = await framesIn(page, '#allocated');
    await page.press('End');
    await page.press('Enter');
    assert.equal(await framesIn(page, '#allocated'), 62);
    assert.ok(all <= 1_501, `${all} frames drawn`);
  });
});
