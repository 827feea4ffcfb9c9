import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { Profile } from '../../../src/profile/profile-format.ts';
import { framesIn, inBrowser, pages, textOf } from './pages.ts';
import { sampleProfile } from './sample-profile.ts';

const WIDTHS = [390, 800, 1_300];

/** What a trace may call a function, and what must not become markup, script or a change of direction. */
const HOSTILE = [
  '</script><script>window.hacked = 1</script>',
  '<img src=x onerror="window.hacked = 2">',
  '"><svg onload=window.hacked=3>',
  "'; window.hacked = 4; '",
  '\u202egnp.exe\u2066',
  'x'.repeat(100_000),
  'שלום עולם',
  '<!--<script>',
  '__proto__',
  '\ud800',
  '\u2028\u0000\u001b[31m',
];

describe('profile.html opens', inBrowser, () => {
  const { open, openSample } = pages();

  for (const width of WIDTHS) {
    test(`opens at ${width} px without a complaint, a request or a bar to scroll sideways`, async () => {
      for (const dark of [false, true]) {
        const page = await open(sampleProfile(), { width, dark });
        assert.deepEqual([page.complaints, page.requests], [[], []]);
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width);
        assert.equal((await framesIn(page, '#allocated')) > 20, true);
        assert.equal((await framesIn(page, '#peak')) > 10, true);
        assert.ok(
          await page.evaluate('document.querySelectorAll("#timeline .chart path").length > 4'),
        );
      }
    });
  }

  test('shows a real profile', async () => {
    const file = new URL('../../../../test/profile/shop-profile.json', import.meta.url);
    const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile;
    const page = await open(profile, { width: 390 });
    assert.deepEqual([page.complaints, page.requests], [[], []]);
    assert.equal(await textOf(page, '.finding'), profile.summary.sentence);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
  });

  test('hostile text is text', async () => {
    const profile = sampleProfile({ names: HOSTILE });
    const evil = HOSTILE[0] as string;
    const page = await open(
      {
        ...profile,
        command: ['node', evil],
        notes: [evil],
        summary: { ...profile.summary, sentence: `${evil}\u202e` },
        apis: profile.apis.map((api) => ({ ...api, name: evil })),
        threads: profile.threads.map((thread) => ({ ...thread, title: evil, node: evil })),
        sites: profile.sites.map((site, at) => ({
          ...site,
          file: `${HOSTILE[at % HOSTILE.length]}/x.js`,
          package: evil,
          apis: [{ name: evil, bytes: 1 }],
          advice: { ...site.advice, text: `${evil} \`<b>\`` },
        })),
        stacks: profile.stacks.map((stack) => ({ ...stack, api: evil })),
        unattributed: profile.unattributed.map((line) => ({ ...line, text: evil })),
      },
      { width: 390 },
    );
    await page.evaluate(
      'document.querySelectorAll("details").forEach((one) => { one.open = true; })',
    );
    await page.drawn();
    assert.deepEqual([page.complaints, page.requests], [[], []]);
    assert.equal(await page.evaluate('typeof hacked'), 'undefined');
    assert.equal(
      await page.evaluate('document.querySelectorAll("img, iframe, object, embed").length'),
      0,
    );
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
    const text = await page.evaluate<string>('document.body.textContent');
    assert.doesNotMatch(text, /(?!\n)[\p{Cc}\p{Bidi_C}]/u);
    assert.match(text, /<\/script><script>window\.hacked = 1<\/script>/);
  });

  test('prints both graphs, the timeline and the table within the sheet', async () => {
    const page = await openSample({}, 1_300);
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

  test('without looks says that nothing is known, and draws what is', async () => {
    const page = await openSample({ looks: false });
    assert.deepEqual(page.complaints, []);
    assert.match(await textOf(page, '#peak .empty'), /^Without looks/);
    assert.equal(await page.evaluate('document.querySelector("#peak .flames").hidden'), true);
    assert.doesNotMatch(await textOf(page, '#timeline .legend'), /held|reachable/);
  });

  test('an empty profile opens too', async () => {
    const { sites: _, ...rest } = sampleProfile();
    const none = rest.timeline.allocated.map(() => 0);
    const page = await open(
      { ...rest, sites: [], stacks: [], timeline: { ...rest.timeline, allocated: none } },
      { width: 390 },
    );
    assert.deepEqual(page.complaints, []);
    assert.match(await textOf(page, '#allocated .empty'), /^Nothing was allocated/);
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
