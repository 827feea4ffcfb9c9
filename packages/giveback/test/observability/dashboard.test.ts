import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { chosen, dashboard, shipped } from './helpers/dashboard.ts';

const { panels, templating } = dashboard;
const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
const fields = readFileSync(shipped('giveback.dashboard.json'), 'utf8');

describe('the dashboard for Grafana', () => {
  test('has panels that stand side by side, and each its number', () => {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    const taken = new Map<string, string>();
    for (const { title, gridPos } of panels) {
      const { x, y, w, h } = gridPos;
      assert.ok(x >= 0 && x + w <= 24, `${title} is within the 24 columns`);
      for (let column = x; column < x + w; column++)
        for (let row = y; row < y + h; row++) {
          assert.equal(taken.get(`${column}/${row}`), undefined, `${title} covers nothing`);
          taken.set(`${column}/${row}`, title);
        }
    }
  });

  test('takes its data from the source that is chosen', () => {
    const sources = [...fields.matchAll(/"uid": "\$\{([^"]*)\}"/g)].map(([, uid]) => uid);
    assert.deepEqual([...new Set(sources)], ['datasource']);
    assert.deepEqual(
      templating.list.map(({ name }) => name),
      ['datasource', 'instance', 'recycler'],
    );
  });

  test('uses no variable that is not there', () => {
    const names = new Set(templating.list.map(({ name }) => name));
    for (const [, name = ''] of fields.matchAll(/\$\{?(\w+)/g))
      assert.ok(names.has(name) || ['__rate_interval', '__range', '__all'].includes(name), name);
    for (const { repeat } of panels) if (repeat !== undefined) assert.ok(names.has(repeat), repeat);
  });

  test('says of each panel what it shows, and in which unit', () => {
    for (const { title, description, fieldConfig } of panels) {
      assert.match(description, /^[A-Z`].*\.$/s, title);
      assert.ok(fieldConfig.defaults.unit, title);
    }
  });

  test('chooses the instances and the recyclers in each expression', () => {
    for (const expr of expressions) {
      const metrics = expr.match(/\b(?:giveback|process)_\w+\{[^}]*\}/g) ?? [];
      assert.notEqual(metrics.length, 0, expr);
      for (const metric of metrics) {
        assert.match(metric, /instance=~"\$instance"/);
        const isOfProcess = /^(process|giveback_process)_/.test(metric);
        assert.equal(metric.includes('recycler=~"$recycler"'), !isOfProcess, metric);
      }
    }
  });

  test('styles only series that it draws', () => {
    for (const { title, targets, fieldConfig } of panels) {
      const drawn = targets.map(({ legendFormat }) => legendFormat);
      for (const { matcher } of fieldConfig.overrides)
        assert.ok(drawn.includes(matcher.options), `${title} draws ${matcher.options}`);
    }
  });

  test('an expression with odd names chosen still quotes them', () => {
    assert.equal(
      chosen('{instance=~"$instance", recycler=~"$recycler"}', {
        instance: ['[::1]:80'],
        recycler: ['a.b', 'c'],
      }),
      '{instance=~"\\\\[::1\\\\]:80", recycler=~"(a\\\\.b|c)"}',
    );
  });
});
