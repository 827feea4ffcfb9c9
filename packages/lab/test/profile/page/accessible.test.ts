import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WIDTHS } from '../../helpers/browser-page.ts';
import { inBrowser, pages } from './pages.ts';
import { sampleProfile } from './sample-profile.ts';

const NAMED = [
  'RootWebArea',
  'slider',
  'searchbox',
  'combobox',
  'option',
  'treeitem',
  'button',
  'region',
  'DisclosureTriangle',
];

describe('everybody can read profile.html', inBrowser, () => {
  const { open, openSample } = pages();

  test('prints both graphs, the timeline and the table within the sheet', async () => {
    const page = await openSample({}, 1_300);
    const charts = 'document.querySelectorAll(".chart > div > svg, .flames svg")';
    const widthsOfCharts = `[...${charts}].map((one) => one.getAttribute("width"))`;
    const before = await page.evaluate<string[]>(widthsOfCharts);
    assert.equal(before.length, 3);
    await page.show({ width: 700, print: true });
    await page.evaluate('dispatchEvent(new Event("beforeprint"))');
    const widths = await page.evaluate<number[]>(
      '[...document.querySelectorAll("figure svg[width], .flames svg, .sites")].map((one) => one.getBoundingClientRect().right)',
    );
    assert.ok(widths.length >= 4 && widths.every((right) => right <= 700), `${widths}`);
    assert.equal(
      await page.evaluate('getComputedStyle(document.querySelector(".sliders")).display'),
      'none',
    );
    const label = await page.evaluate(
      'getComputedStyle(document.querySelector(".d3-flame-graph-label")).fontSize',
    );
    assert.equal(label, '12px');
    assert.equal((await page.pdf()).subarray(0, 4).toString(), '%PDF');
    await page.show({ width: 1_300 });
    await page.evaluate('dispatchEvent(new Event("afterprint"))');
    const after = await page.evaluate(widthsOfCharts);
    assert.deepEqual(after, before, 'as it was before');
  });

  test('behind each chart is a table with the same figures', async () => {
    const page = await openSample();
    for (const id of ['timeline', 'allocated', 'peak']) {
      await page.evaluate(`document.querySelector("#${id} details").open = true`);
      await page.drawn();
      assert.ok(
        await page.evaluate(`document.querySelectorAll("#${id} tbody tr").length > 10`),
        id,
      );
    }
    const [first] = await page.evaluate<string[][]>(
      '[...document.querySelectorAll("#allocated tbody tr")].map((row) => [...row.cells].map((cell) => cell.textContent))',
    );
    assert.deepEqual(first, ['0', 'all', '', '1.02 GB', '100%']);
  });

  test('whatever can be reached by the keyboard has a role and a name for screen readers', async () => {
    const page = await openSample();
    await page.evaluate(
      'document.querySelectorAll("details").forEach((one) => { one.open = true; })',
    );
    await page.drawn();
    const nodes = (await page.accessibility()).filter(({ focusable }) => focusable);
    const roles = new Set(nodes.map(({ role }) => role));
    assert.deepEqual(
      [...roles].filter((role) => !NAMED.includes(role)),
      [],
    );
    for (const role of ['slider', 'searchbox', 'treeitem', 'button'])
      assert.ok(roles.has(role), role);
    const nameless = nodes.filter(({ name }) => name === '');
    assert.deepEqual(nameless, []);
  });

  test('is a table for screen readers also where it looks like cards', async () => {
    for (const width of WIDTHS) {
      const page = await openSample({}, width);
      const roles = (await page.accessibility()).map(({ role }) => role);
      const count = (role: string): number => roles.filter((one) => one === role).length;
      assert.ok(count('table') >= 1 && count('columnheader') >= 6, `${width} px`);
      assert.ok(count('rowheader') >= 10 && count('cell') >= 50, `${width} px`);
    }
  });

  test('text stands out from what is behind it, in the light and in the dark', async () => {
    for (const dark of [false, true]) {
      const page = await open(sampleProfile(), { width: 1_000, dark });
      const pairs = await page.evaluate<[string, string, number][]>(CONTRASTS);
      assert.ok(pairs.length > 9);
      for (const [front, back, least] of pairs) {
        const found = contrast(front, back);
        assert.ok(found >= least, `${front} on ${back}: ${found.toFixed(2)}, dark: ${dark}`);
      }
    }
  });
});

/** Pairs of colours, and how far they must stand apart: WCAG's 4.5 for text, 3 for lines. */
const CONTRASTS = `(() => {
  const root = getComputedStyle(document.documentElement);
  const color = (name) => root.getPropertyValue('--' + name).trim();
  const frames = ['own', 'package', 'node', 'opened', 'api', 'eval', 'wasm'];
  const lines = ['resident', 'external', 'held', 'reachable', 'allocated'];
  return [
    ...frames.map((kind) => [color('frame-ink'), color('frame-' + kind), 4.5]),
    ...lines.map((line) => [color('line-' + line), color('paper'), 3]),
    [color('faint'), color('paper'), 4.5],
    [color('link'), color('paper'), 4.5],
    [color('ink'), color('paper'), 4.5],
  ];
})()`;

function contrast(front: string, back: string): number {
  const [light, dark] = [luminance(front), luminance(back)].sort((a, b) => b - a) as [
    number,
    number,
  ];
  return (light + 0.05) / (dark + 0.05);
}

/** Relative luminance of #rrggbb, as WCAG has it. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = (color.match(/[0-9a-f]{2}/gi) ?? []).map((hex) => {
    const value = Number.parseInt(hex, 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
