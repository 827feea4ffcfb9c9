import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { Profile } from '../../../src/profile/profile-format.ts';
import { WIDTHS } from '../../helpers/browser-page.ts';
import { framesIn, inBrowser, pages, textOf } from './pages.ts';
import { sampleProfile } from './sample-profile.ts';

type LookOf = Profile['timeline']['looks'][number];

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
        assert.deepEqual(await page.evaluate(CUT_OFF), [], `${width} px: texts that are cut off`);
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

  test('a run with a thousand looks is drawn with as many as there is room for', async () => {
    const { timeline, ...rest } = sampleProfile();
    const [look] = timeline.looks;
    const looks = Array.from({ length: 5_000 }, (_, at) => ({ ...look, ms: at }) as LookOf);
    const page = await open({ ...rest, timeline: { ...timeline, looks } }, { width: 800 });
    assert.deepEqual(page.complaints, []);
    assert.ok(await page.evaluate('document.querySelectorAll("#timeline path").length < 500'));
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
});

/** Texts of the timeline that reach out of their drawing. */
const CUT_OFF = `[...document.querySelectorAll('.chart text')]
  .filter((text) => {
    const [{ left, right }, box] = [text, text.closest('svg')].map((one) => one.getBoundingClientRect());
    return left < box.left - 1 || right > box.right + 1;
  })
  .map((text) => text.textContent)`;
