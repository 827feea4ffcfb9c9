import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { browserMissing, openBrowser } from '../../../../packages/lab/dist/test/helpers/browser.js';

/** A part of a page, by what it begins with and how high it is. */
interface Shot {
  readonly file: string;
  readonly profile: string;
  /** A selector; `undefined`: the beginning of the page. */
  readonly from?: string;
  readonly height: number;
}

const WIDTH = 900;
const SHOTS: readonly Shot[] = [
  { file: 'profile-story-before.png', profile: 'before', height: 860 },
  { file: 'profile-story-flames.png', profile: 'before', from: '#flames', height: 505 },
  { file: 'profile-story-after.png', profile: 'after', height: 860 },
];

/** Names of the pictures that have been taken: none where there is no browser. */
export async function takePictures(folder: string): Promise<string[]> {
  const missing = browserMissing();
  if (missing !== undefined) {
    console.error(`Without pictures: ${missing}.`);
    return [];
  }
  const browser = await openBrowser();
  try {
    for (const { file, profile, from, height } of SHOTS) {
      const url = pathToFileURL(join(folder, profile, 'profile.html')).href;
      const page = await browser.open(url, { width: WIDTH, height });
      if (from !== undefined)
        await page.evaluate(`document.querySelector('${from}').scrollIntoView()`);
      await page.drawn();
      writeFileSync(join(folder, file), await page.screenshot(true));
    }
  } finally {
    await browser.close();
  }
  return SHOTS.map(({ file }) => file);
}
