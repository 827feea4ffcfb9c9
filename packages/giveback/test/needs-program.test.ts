import assert from 'node:assert/strict';
import { basename, dirname } from 'node:path';
import { test } from 'node:test';
import { needsPrograms } from './helpers/needs-program.ts';

/** With this Node's folder alone on the PATH, as where nothing else is installed. */
function withPath<T>(required: string | undefined, act: () => T): T {
  const { PATH, GIVEBACK_REQUIRE_TOOLS } = process.env;
  try {
    process.env.PATH = dirname(process.execPath);
    set('GIVEBACK_REQUIRE_TOOLS', required);
    return act();
  } finally {
    process.env.PATH = PATH;
    set('GIVEBACK_REQUIRE_TOOLS', GIVEBACK_REQUIRE_TOOLS);
  }
}

function set(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

const node = basename(process.execPath);

test('a test whose programs are all there is run', () => {
  for (const required of [undefined, '1'])
    assert.deepEqual(
      withPath(required, () => needsPrograms(node, process.execPath)),
      { skip: false },
    );
});

test('one whose program is missing is skipped, and says which', () => {
  assert.deepEqual(
    withPath(undefined, () => needsPrograms('no-such-1', node, 'no-such-2')),
    { skip: 'Expected no-such-1 and no-such-2 to be installed.' },
  );
});

test('where nothing may be skipped, it fails instead', () => {
  assert.throws(() => withPath('1', () => needsPrograms('/no/such/program')), {
    message: 'Expected /no/such/program to be installed.',
  });
});
