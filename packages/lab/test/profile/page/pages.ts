import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { pathToFileURL } from 'node:url';
import { renderProfile } from '../../../src/profile/page/render-profile.ts';
import type { Profile } from '../../../src/profile/profile-format.ts';
import { type Browser, browserMissing, openBrowser } from '../../helpers/browser.ts';
import type { Page, Screen } from '../../helpers/browser-page.ts';
import { temporaryFolder } from '../../helpers/lab.ts';
import { type Sample, sampleProfile } from './sample-profile.ts';

// profile.html in a real browser.

/** Options of a suite that needs one. */
export const inBrowser = { skip: browserMissing() ?? false, timeout: 120_000 };

interface Pages {
  open(profile: Profile, screen: Screen): Promise<Page>;
  openSample(sample?: Sample, width?: number): Promise<Page>;
}

/** To be called in a suite, which gets a browser of its own. */
export function pages(): Pages {
  let browser: Browser;
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser?.close());
  const open: Pages['open'] = async (profile, screen) => {
    const file = join(temporaryFolder(), 'profile.html');
    writeFileSync(file, renderProfile(profile));
    return browser.open(pathToFileURL(file).href, screen);
  };
  return {
    open,
    openSample: (sample = {}, width = 1_000) => open(sampleProfile(sample), { width }),
  };
}

export interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
}

export function placeOf(page: Page, element: string): Promise<Place> {
  return page.evaluate(
    `(({ left, top, width }) => ({ left, top, width }))(${element}.getBoundingClientRect())`,
  );
}

export function textOf(page: Page, selector: string): Promise<string> {
  return page.evaluate(`document.querySelector('${selector}').textContent`);
}

export function framesIn(page: Page, figure: string): Promise<number> {
  return page.evaluate(`document.querySelectorAll('${figure} g.frame').length`);
}

/** Bytes of the frame that holds all others. */
export function rootOf(page: Page, figure: string): Promise<number> {
  return page.evaluate(`document.querySelector('${figure} g.frame').__data__.data.value`);
}
