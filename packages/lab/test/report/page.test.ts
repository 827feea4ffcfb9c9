import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { describeCharts } from '../../src/report/charts.ts';
import { renderPage } from '../../src/report/page.ts';
import type { Run } from '../../src/results/run.ts';
import { type Browser, browserMissing, openBrowser } from '../helpers/browser.ts';
import { type Page, WIDTHS } from '../helpers/browser-page.ts';
import { temporaryFolder } from '../helpers/lab.ts';
import { runOf, samplesOf } from '../helpers/runs.ts';

// The report in a real browser.

const SCHEMES = ['light', 'dark'] as const;

const skip = browserMissing() ?? false;
const folder = temporaryFolder();

const around = (resident: number) => [0, 9, -7].map((more) => ({ resident: resident + more }));

/** Every kind of run: ranges, several runtimes, long names, moved bytes, a burst, failures. */
const RUNS: Readonly<Record<string, Run>> = {
  article: runOf({ none: around(375), recycler: around(160), 'small-young': around(350) }),
  burst: runOf(
    {
      none: [{ resident: 1_075, backAfter: null }],
      elastic: [{ resident: 1_075, backAfter: 150 }],
    },
    { givenAt: 20, idleTimeoutMs: 120 },
  ),
  failed: runOf({ none: ['failed', { resident: 12_345 }], 'a-strategy-of-long-name': ['failed'] }),
  moved: runOf(
    { none: [{ resident: 1.2, live: 0.1 }], elastic: around(1) },
    { concurrency: 50, tickMs: 0 },
  ),
};

let browser: Browser;
let page: Page;

before(async () => {
  if (skip !== false) return;
  for (const [name, run] of Object.entries(RUNS)) {
    const { compare, trials } = describeCharts({ run, samples: samplesOf(run) });
    writeFileSync(fileOf(name), renderPage(run, compare, trials));
  }
  browser = await openBrowser();
  page = await browser.open(pageOf('article'), { width: 800 });
});

after(() => browser?.close());

for (const run of Object.keys(RUNS))
  test(`${run}: nothing is wider than the page at ${WIDTHS.join(', ')} pixels, light and dark`, {
    skip,
  }, async () => {
    for (const width of WIDTHS)
      for (const scheme of SCHEMES) {
        await page.show({ width, dark: scheme === 'dark' });
        await page.load(pageOf(run));
        const [wide, screen] = await page.evaluate<[number, number]>(
          '[document.documentElement.scrollWidth, innerWidth]',
        );
        assert.ok(wide <= screen, `${width} ${scheme}: ${wide} pixels on a screen of ${screen}`);
        assert.deepEqual(
          await page.evaluate(CUT_OFF),
          [],
          `${width} ${scheme}: texts that are cut off`,
        );
        const background = await page.evaluate<string>(
          'getComputedStyle(document.body).backgroundColor',
        );
        assert.equal(background === 'rgb(248, 250, 252)', scheme === 'light', background);
      }
    assert.deepEqual(page.complaints, []);
  });

/** Texts of the charts that reach out of their drawing, and those that lie upon each other. */
const CUT_OFF = `(() => {
  const found = [];
  for (const svg of document.querySelectorAll('.chart svg')) {
    const box = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll('text')]
      .filter((text) => text.textContent.trim() !== '' && getComputedStyle(text).opacity !== '0')
      .map((text) => [text.textContent, text.getBoundingClientRect()]);
    for (const [text, { left, right }] of texts)
      if (left < box.left - 1 || right > box.right + 1) found.push('cut: ' + text);
    texts.forEach(([text, a], index) => {
      for (const [other, b] of texts.slice(index + 1))
        if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3)
          found.push(text + ' lies on ' + other);
    });
  }
  return found;
})()`;

function fileOf(name: string): string {
  return join(folder, `${name}.html`);
}

function pageOf(name: string): string {
  return pathToFileURL(fileOf(name)).href;
}

test('it fetches nothing but itself, and complains of nothing', { skip }, async () => {
  assert.deepEqual(page.requests, []);
  assert.deepEqual(page.complaints, []);
});

test('each chart has a name, and its numbers in a table with headings', { skip }, async () => {
  await page.show({ width: 800 });
  await page.load(pageOf('article'));
  const figures = await page.evaluate<
    { role: string; label: string; rows: number; heads: number }[]
  >(`
    [...document.querySelectorAll('figure')].map((figure) => {
      const chart = figure.querySelector('.chart');
      return {
        role: chart.getAttribute('role'),
        label: chart.getAttribute('aria-label'),
        titled: document.getElementById(figure.getAttribute('aria-labelledby')) !== null,
        rows: figure.querySelectorAll('tbody tr').length,
        heads: figure.querySelectorAll('th[scope=col]').length,
      };
    })`);
  assert.equal(figures.length, 4, 'the comparison and a chart a strategy');
  for (const { role, label, rows, heads } of figures) {
    assert.equal(role, 'img');
    assert.match(label, /^Chart: .+/);
    assert.ok(rows >= 3 && heads >= 4, `${rows} rows, ${heads} headings`);
  }
});

test('lines differ without their colours, and the legend shows how', { skip }, async () => {
  const dashes = await page.evaluate<string[][]>(`
    [...document.querySelectorAll('figure')].slice(1).map((figure) =>
      [...figure.querySelectorAll('.legend path')].map((path) =>
        (path.getAttribute('stroke-dasharray') ?? 'solid') + ' ' + path.getAttribute('stroke-width')))`);
  for (const legend of dashes) {
    assert.equal(legend.length, 6);
    assert.equal(new Set(legend).size, 6, legend.join(', '));
  }
  const hatched = await page.evaluate<number>(
    "document.querySelectorAll('figure:first-of-type .legend rect + path').length",
  );
  assert.equal(hatched, 1);
});

test('a name in a legend hides its line in all charts, by keyboard too', { skip }, async () => {
  const state = `[...document.querySelectorAll('[data-line=HeapIdle]')].map((b) => b.getAttribute('aria-pressed'))`;
  const lines = "document.querySelectorAll('.chart svg path').length";
  const drawn = await page.evaluate<number>(lines);
  await page.evaluate("document.querySelector('[data-line=HeapIdle]').click()");
  assert.deepEqual(new Set(await page.evaluate<string[]>(state)), new Set(['false']));
  await page.until(`${lines} < ${drawn}`);
  await page.evaluate("document.querySelector('[data-line=HeapIdle]').click()");
  assert.deepEqual(new Set(await page.evaluate<string[]>(state)), new Set(['true']));
});

test('a page that gets wider looks as one that was as wide from the first, with what was hidden', {
  skip,
}, async () => {
  const texts = `JSON.stringify([...document.querySelectorAll('.chart svg text')].map((text) => {
    const { left, top } = text.getBoundingClientRect();
    return [text.textContent, Math.round(left), Math.round(top)].join();
  }))`;
  await page.show({ width: 1_300 });
  await page.load(pageOf('article'));
  const fresh = await page.evaluate<string>(texts);
  await page.show({ width: 390 });
  await page.load(pageOf('article'));
  await page.evaluate("document.querySelector('[data-line=HeapIdle]').click()");
  await page.show({ width: 1_300 });
  await page.until(`${texts} === ${JSON.stringify(fresh)}`);
  const hidden =
    "echarts.getInstanceByDom(document.querySelectorAll('.chart')[1]).getOption().legend[0].selected.HeapIdle";
  assert.equal(await page.evaluate(hidden), false);
});

test('on paper it is light, without what only a screen can do', { skip }, async () => {
  await page.show({ width: 800, dark: true });
  await page.load(pageOf('article'));
  const inks = `[...new Set([...document.querySelectorAll('.chart svg text')].map((t) => t.getAttribute('fill')))]`;
  await page.evaluate(`addEventListener('beforeprint', () => { window.printed = ${inks}; })`);
  const onScreen = await page.evaluate<string[]>(inks);
  assert.ok(onScreen.includes('#e2e8f0') && !onScreen.includes('#1e293b'), onScreen.join());
  const pdf = await page.pdf();
  assert.equal(pdf.toString('latin1', 0, 4), '%PDF');
  const printed = await page.evaluate<string[]>('window.printed');
  assert.ok(printed.includes('#1e293b') && !printed.includes('#e2e8f0'), printed.join());
  assert.deepEqual(await page.evaluate(inks), onScreen, 'and as before afterwards');
  assert.deepEqual(page.complaints, []);
});
