import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { rangeOf, takenOptions } from '../../src/commands/workload-options.ts';
import { strategies } from '../../src/strategies/index.ts';
import { workloads } from '../../src/workloads/index.ts';
import { lab, temporaryFolder } from '../helpers/lab.ts';

// docs/lab.md and the help say what the workloads say of themselves. GIVEBACK_WRITE_DOCS=1 writes the tables anew.

const document = new URL('../../../../../docs/lab.md', import.meta.url);

const TABLES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  options: [
    ['option', 'of, with its usual value', 'meaning'],
    ...takenOptions().map(({ flags, takers, meaning, option }) => {
      const range = rangeOf(option);
      return [`\`${flags}\``, takers, range === '' ? meaning : `${meaning}: ${range}`];
    }),
  ],
  units: [
    ['workload', 'its times are of', 'strategies'],
    ...Object.values(workloads).map(({ name, unit, usual, strategies: all }) => {
      const others = all.filter((each) => !usual.includes(each));
      const also = others.length > 0 ? `; also ${others.join(', ')}` : '';
      return [`\`${name}\``, `a ${unit.one}, ${unit.time}`, `${usual.join(', ')}${also}`];
    }),
  ],
};

function markdown([head = [], ...rows]: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return lines
    .join('\n')
    .replaceAll('| --- ', '|---')
    .replaceAll('---|---', '---|---')
    .replace('--- |\n', '---|\n');
}

for (const [name, rows] of Object.entries(TABLES))
  test(`docs/lab.md: the table of ${name} is what the workloads say`, () => {
    const text = readFileSync(document, 'utf8');
    const between = new RegExp(`(<!-- ${name}: [^>]*-->\n\n)([^]*?)(\n\n<!-- /${name} -->)`);
    const [, , found] = between.exec(text) ?? [];
    assert.notEqual(found, undefined, `a table between the markers of ${name}`);
    const table = markdown(rows);
    if (process.env.GIVEBACK_WRITE_DOCS === '1')
      writeFileSync(
        document,
        text.replace(between, (_, before, __, after) => before + table + after),
      );
    else assert.equal(found, table);
  });

test('docs/lab.md: every strategy and every workload has its line', () => {
  const text = readFileSync(document, 'utf8');
  const section = (title: string): string =>
    text.split(/^###? /m).find((each) => each.startsWith(`${title}\n`)) ?? '';
  // The table of units is made from the workloads: what they do must be told beside it.
  const told = section('Workloads').replace(/<!-- units:.*<!-- \/units -->/s, '');
  const hasLine = (table: string, name: string): void =>
    assert.match(table, new RegExp(`^\\|[^|]*\`${name}\`[^|]*\\|`, 'm'), name);
  for (const name of Object.keys(strategies)) hasLine(section('Strategies'), name);
  for (const name of Object.keys(workloads)) hasLine(told, name);
});

test('the help has every option with the workloads that take it, and what their times are of', async () => {
  const { stdout } = await lab(['run', '--help'], { cwd: temporaryFolder() });
  const words = stdout.replaceAll(/\s+/g, ' ');
  for (const { flags, takers } of takenOptions()) {
    assert.ok(words.includes(flags), flags);
    assert.ok(words.includes(`(${takers})`), `${flags}: ${takers}`);
  }
  for (const { name, unit } of Object.values(workloads))
    assert.ok(words.includes(`times are of a ${unit.one}, ${unit.time}`), name);
});

test('every option of a workload is taken by it, and has the same range as with the others', () => {
  for (const { name, option } of takenOptions())
    for (const workload of Object.values(workloads)) {
      const own = workload.options[name];
      if (own === undefined) continue;
      assert.equal(own.kind, option.kind, `${workload.name}: ${name}`);
      assert.equal(rangeOf(own), rangeOf(option), `${workload.name}: ${name}`);
    }
  for (const { strategies: all, usual } of Object.values(workloads)) {
    for (const each of all) assert.ok(each in strategies, each);
    for (const each of usual) assert.ok(all.includes(each), each);
  }
});
