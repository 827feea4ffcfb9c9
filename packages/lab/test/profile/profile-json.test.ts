import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../../src/core/errors.ts';
import { readProfile } from '../../src/profile/outputs/check-profile.ts';
import type { Profile } from '../../src/profile/profile-format.ts';
import { profileText } from '../../src/terminal/show-profile.ts';
import { filesIn, lab, temporaryFolder } from '../helpers/lab.ts';

const cwd = temporaryFolder();
const file = fileURLToPath(new URL('../../../test/profile/shop-profile.json', import.meta.url));
const text = readFileSync(file, 'utf8');

// biome-ignore lint/suspicious/noExplicitAny: it is spoilt in every way.
type Spoilt = any;

function folderWith(content: string): string {
  const folder = mkdtempSync(join(cwd, 'profile-'));
  writeFileSync(join(folder, 'profile.json'), content);
  return folder;
}

describe('a finished profile', () => {
  test('is drawn again by `report`', async () => {
    const folder = folderWith(text);
    const { code, stdout, stderr } = await lab(['report', folder], { cwd });
    assert.equal(stderr, '');
    assert.equal(code, 0);
    assert.match(stdout, /Profile: .*profile\.html/);
    assert.deepEqual(filesIn(folder), ['profile.html', 'profile.json', 'profile.pb.gz']);
  });

  test('is printed as JSON', async () => {
    const folder = folderWith(text);
    const { stdout } = await lab(['report', folder, '--json'], { cwd });
    const { folder: named, ...profile } = JSON.parse(stdout);
    assert.equal(named, folder);
    assert.deepEqual(profile, JSON.parse(text));
  });

  test('fits in 80 columns, with five sites', () => {
    const profile: Profile = JSON.parse(text);
    const long = profile.sites.map((site) => ({
      ...site,
      file: `${'deep/'.repeat(40)}${site.file}`,
    }));
    for (const each of [profile, { ...profile, sites: long }]) {
      const lines = profileText(each, process.stdout).split('\n');
      for (const line of lines) assert.ok(line.length <= 80, line);
      for (const id of [1, 2, 3, 4, 5]) assert.ok(lines.some((line) => line.startsWith(` ${id} `)));
      assert.ok(lines.some((line) => /and \d+ more/.test(line)));
    }
  });
});

describe('a profile from a stranger', () => {
  const cases: [what: string, spoil: (profile: Spoilt) => void, message: RegExp][] = [
    [
      'of a newer version',
      (p) => {
        p.version = 9;
      },
      /newer giveback-lab/,
    ],
    [
      'that is none',
      (p) => {
        p.giveback = 'run';
      },
      /giveback/,
    ],
    [
      'that speaks to the terminal',
      (p) => {
        p.sites[0].name = '\u001b[2J';
      },
      /control characters/,
    ],
    [
      'with a title that does',
      (p) => {
        p.threads[0].title = 'a\u0007';
      },
      /control characters/,
    ],
    [
      'with a frame that is not there',
      (p) => {
        p.stacks[0].frames = [1e6];
      },
      /frames\[0\]/,
    ],
    [
      'with a negative figure',
      (p) => {
        p.sites[0].allocated.bytes = -1;
      },
      /allocated\.bytes/,
    ],
    [
      'with an endless figure',
      (p) => {
        p.summary.peakResidentBytes = 1e300;
      },
      /peakResidentBytes/,
    ],
    [
      'without a timeline',
      (p) => {
        delete p.timeline;
      },
      /timeline/,
    ],
    [
      'with columns of no width',
      (p) => {
        p.timeline.stepMs = 0;
      },
      /stepMs/,
    ],
    [
      'with an unknown advice',
      (p) => {
        p.sites[0].advice.kind = 'magic';
      },
      /advice\.kind/,
    ],
    [
      'with a time that is none',
      (p) => {
        p.startedAt = 'yesterday';
      },
      /startedAt/,
    ],
    [
      'with too many columns',
      (p) => {
        p.timeline.allocated = Array(5000).fill(1);
      },
      /at most/,
    ],
    [
      'with text without end',
      (p) => {
        p.sites[0].file = 'x'.repeat(1e6);
      },
      /characters/,
    ],
  ];
  for (const [what, spoil, message] of cases) {
    test(`${what} is refused`, () => {
      const profile = JSON.parse(text);
      spoil(profile);
      assert.throws(
        () => readProfile(folderWith(JSON.stringify(profile))),
        (error) => {
          assert.ok(error instanceof UsageError);
          assert.match(error.message, message);
          assert.match(error.message, /^[^\p{C}]+$/u);
          return true;
        },
      );
    });
  }

  test('that is cut off is refused in a line, with exit code 2', async () => {
    const folder = folderWith(text.slice(0, 1000));
    const { code, stdout, stderr } = await lab(['report', folder], { cwd });
    assert.match(stderr, /^error: [^\p{C}]+\n$/u);
    assert.equal(stdout, '');
    assert.equal(code, 2);
    assert.deepEqual(filesIn(folder), ['profile.json']);
  });

  test('needs a folder with a run or a profile', async () => {
    const empty = mkdtempSync(join(cwd, 'empty-'));
    const { code, stderr } = await lab(['report', empty], { cwd });
    assert.equal(code, 2);
    assert.match(stderr, /run\.json: no such file/);
  });
});
