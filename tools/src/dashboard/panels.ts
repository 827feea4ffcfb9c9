import {
  type Choice,
  chosen,
  type Panel,
} from '../../../packages/giveback/dist/test/observability/helpers/dashboard.js';
import type { Series } from '../../../packages/giveback/dist/test/observability/helpers/prometheus-server.js';
import type { Ask } from './scene.ts';

/** One line of a panel, with its legend. */
export interface Line {
  readonly name: string;
  readonly samples: Series['samples'];
}

/** A panel with what it shows. */
export interface Shown {
  readonly panel: Panel;
  readonly title: string;
  readonly lines: readonly Line[];
}

/** Asks what each panel asks. One that is repeated for each recycler is there as often, side by side. */
export async function askPanels(
  panels: readonly Panel[],
  choice: Choice & { readonly recycler: readonly string[] },
  ask: Ask,
): Promise<Shown[]> {
  const shown: Shown[] = [];
  for (const panel of panels) {
    if (panel.repeat === undefined) shown.push(await askPanel(panel, choice, ask));
    else
      for (const [index, recycler] of choice.recycler.entries()) {
        const { gridPos } = panel;
        const moved = { ...panel, gridPos: { ...gridPos, x: gridPos.x + index * gridPos.w } };
        shown.push(await askPanel(moved, { ...choice, recycler: [recycler] }, ask));
      }
  }
  return shown;
}

async function askPanel(panel: Panel, choice: Choice, ask: Ask): Promise<Shown> {
  const lines: Line[] = [];
  for (const { expr, legendFormat } of panel.targets)
    for (const { metric, samples } of await ask(chosen(expr, choice)))
      lines.push({ name: legend(legendFormat, metric), samples });
  const drawn = lines.filter((line) => !isBars(panel) || isEverAboveZero(line));
  const title = panel.title.replace('$recycler', choice.recycler?.join(', ') ?? '');
  return { panel, title, lines: drawn };
}

function legend(format: string, metric: Readonly<Record<string, string>>): string {
  return format.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? '');
}

/** Bars that are always 0, as of a reason for which nothing was freed, would only be a name in the legend. */
function isBars({ fieldConfig }: Panel): boolean {
  const { custom } = fieldConfig.defaults as { custom?: { drawStyle?: string } };
  return custom?.drawStyle === 'bars';
}

function isEverAboveZero({ samples }: Line): boolean {
  return samples.some(([, value]) => value > 0);
}
