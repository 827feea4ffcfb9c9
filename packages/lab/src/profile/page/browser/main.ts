import { formatBytes } from '../../../core/units.ts';
import type { PageData } from '../page-data.ts';
import { PRINTED_WIDTH, part } from './dom.ts';
import { FlameGraph } from './flame-graph.ts';
import { shareText } from './format.ts';
import { bytesBySite, bytesIn, isWhole, type Range } from './range.ts';
import { RangePicker, seconds } from './range-picker.ts';
import { SitesTable } from './sites-table.ts';
import { Timeline } from './timeline.ts';

// Runs in profile.html, which contains the compiled text of this file and of all that it imports.

const data: PageData = JSON.parse(part(document, '#data').textContent ?? '');
const total = sum(data.stacks.bytes);

const allocated = new FlameGraph(part(document, '#allocated'), data);
const peak = new FlameGraph(part(document, '#peak'), data);
const search = part<HTMLInputElement>(document, '#search');
const table = new SitesTable(part(document, '#sites'), data, find);
allocated.show(data.stacks.bytes);
peak.show(data.stacks.peakBytes);
search.addEventListener('input', () => searchFor(search.value));
search.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') find('');
});
redrawWhenResized();

const timeline = part(document, '#timeline');
new Timeline(timeline, data);
const picker = new RangePicker(timeline, data, atNextFrame(showRange));
describeRange(picker.range, total);

function showRange(range: Range): void {
  const bytes = bytesIn(range, data);
  const inRange = sum(bytes);
  allocated.show(bytes);
  if (search.value !== '') searchFor(search.value);
  if (isWhole(range, data)) table.showWhole(total);
  else table.show(bytesBySite(bytes, data), inRange);
  describeRange(range, inRange);
}

function describeRange(range: Range, inRange: number): void {
  const whole = isWhole(range, data);
  const from = seconds(range.from * data.stepMs);
  const to = seconds(range.to * data.stepMs);
  part(timeline, 'output').textContent = whole
    ? `The whole run: ${formatBytes(total)} allocated.`
    : `${from} to ${to}: ${formatBytes(inRange)} allocated, ${shareText(inRange / total)} of all.`;
  for (const chip of document.querySelectorAll<HTMLElement>('.chip')) {
    chip.hidden = whole;
    chip.textContent = chip.dataset.always ?? `${from} to ${to} only`;
  }
}

function find(place: string): void {
  search.value = place;
  searchFor(place);
  if (place !== '') search.scrollIntoView({ block: 'start' });
  search.focus({ preventScroll: true });
}

function searchFor(term: string): void {
  allocated.search(term);
  peak.search(term);
}

function redrawWhenResized(): void {
  let width = document.body.clientWidth;
  const draw = (pixels?: number): void => {
    allocated.draw(pixels);
    peak.draw(pixels);
  };
  const redraw = atNextFrame(() => draw());
  addEventListener('resize', () => {
    if (document.body.clientWidth === width) return;
    width = document.body.clientWidth;
    redraw(undefined);
  });
  addEventListener('beforeprint', () => draw(PRINTED_WIDTH));
  addEventListener('afterprint', () => draw());
}

/** Calls it once a frame at most, with what came last. */
function atNextFrame<T>(call: (value: T) => void): (value: T) => void {
  let last: { value: T } | undefined;
  return (value) => {
    if (!last) {
      requestAnimationFrame(() => {
        const { value: newest } = last as { value: T };
        last = undefined;
        call(newest);
      });
    }
    last = { value };
  };
}

function sum(values: ArrayLike<number>): number {
  let all = 0;
  for (let at = 0; at < values.length; at++) all += values[at] as number;
  return all;
}
