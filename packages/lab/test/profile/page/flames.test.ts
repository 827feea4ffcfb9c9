import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Page } from '../../helpers/browser-page.ts';
import { framesIn, inBrowser, pages, placeOf, textOf } from './pages.ts';

describe('the flame graphs of profile.html', inBrowser, () => {
  const { openSample } = pages();

  test('the keyboard moves through a flame graph, zooms and comes back', async () => {
    const page = await openSample();
    await page.evaluate('document.querySelector("#search").focus()');
    await page.press('Tab');
    const label = 'document.activeElement.getAttribute("aria-label")';
    const level = 'document.activeElement.getAttribute("aria-level")';
    assert.match(await page.evaluate(label), /^1\.02 GB, 100% of the bytes allocated$/);
    await page.press('ArrowDown', 7);
    assert.equal(await page.evaluate(level), '8');
    const first = await page.evaluate<string>(label);
    await page.press('ArrowRight');
    const second = await page.evaluate<string>(label);
    assert.notEqual(second, first);
    await page.press('ArrowLeft');
    assert.equal(await page.evaluate(label), first);
    await page.press('End');
    await page.press('Home');
    assert.equal(await page.evaluate(label), first);
    await page.press('ArrowRight');
    assert.equal(await focusIsVisible(page), true);
    assert.equal(await textOf(page, '#allocated .detail'), second);

    const all = await framesIn(page, '#allocated');
    await page.press('Enter');
    assert.equal(await page.evaluate(label), second, 'the focus stays where it was');
    assert.equal(
      await widthOfFocused(page),
      await page.evaluate('document.querySelector("#allocated .flames").clientWidth'),
    );
    assert.ok((await framesIn(page, '#allocated')) < all);
    assert.equal(await page.evaluate('document.querySelector("#allocated .reset").hidden'), false);
    await page.press('ArrowUp');
    assert.equal(await page.evaluate(level), '7');
    await page.press('Escape');
    assert.equal(await framesIn(page, '#allocated'), all);
    assert.equal(await page.evaluate('document.querySelector("#allocated .reset").hidden'), true);
    await page.press('Tab', 2);
    assert.equal(await page.evaluate('document.activeElement.closest("figure").id'), 'peak');
  });

  test('a click zooms as Enter does', async () => {
    const page = await openSample();
    await page.evaluate('document.querySelector("#allocated").scrollIntoView()');
    const { left, top } = await placeOf(page, 'document.querySelectorAll("#allocated g.frame")[9]');
    const name = await page.evaluate(
      'document.querySelectorAll("#allocated g.frame")[9].getAttribute("aria-label")',
    );
    await page.drag({ x: left + 4, y: top + 8 });
    assert.equal(await page.evaluate('document.querySelector("#allocated .reset").hidden'), false);
    assert.equal(await textOf(page, '#allocated .detail'), name);
  });

  test('a search marks frames in both graphs, by more than a colour', async () => {
    const page = await openSample();
    await page.evaluate('document.querySelector("#search").focus()');
    await page.type('concat');
    assert.match(
      await textOf(page, '#allocated .found'),
      /^found: .*, \d+% of the bytes allocated$/,
    );
    assert.match(
      await textOf(page, '#peak .found'),
      /^found: .*, \d+% of the bytes held at the peak$/,
    );
    const style = await page.evaluate(
      '(({ fontWeight, textDecorationLine }) => [fontWeight, textDecorationLine])(getComputedStyle(document.querySelector("#allocated .match .d3-flame-graph-label")))',
    );
    assert.deepEqual(style, ['700', 'underline']);
    await page.press('Escape');
    assert.equal(await page.evaluate('document.querySelectorAll(".match").length'), 0);
    await page.evaluate('document.querySelector("#sites th button").click()');
    assert.ok(await page.evaluate('document.querySelectorAll("#allocated .match").length > 0'));
  });
});

function focusIsVisible(page: Page): Promise<boolean> {
  return page.evaluate(
    `parseFloat(getComputedStyle(document.activeElement.querySelector('rect')).strokeWidth) >= 2`,
  );
}

function widthOfFocused(page: Page): Promise<number> {
  return page.evaluate(
    `Math.round(parseFloat(document.activeElement.querySelector('rect').getAttribute('width')))`,
  );
}
