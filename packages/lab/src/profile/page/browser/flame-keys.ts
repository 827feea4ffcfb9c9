import { drawnFrame } from './drawn-frame.ts';

/** The frame that a key leads to, if it is one that moves: what is called is below its caller. */
export function moveFocus(
  key: string,
  frame: SVGGElement,
  frames: readonly SVGGElement[],
): SVGGElement | undefined {
  const { depth, x0 } = drawnFrame(frame);
  const row = (at: number): SVGGElement[] =>
    frames
      .filter((other) => drawnFrame(other).depth === at)
      .sort((a, b) => drawnFrame(a).x0 - drawnFrame(b).x0);
  const here = row(depth);
  switch (key) {
    case 'ArrowUp':
      return row(depth - 1).findLast((other) => drawnFrame(other).x0 <= x0);
    case 'ArrowDown':
      return row(depth + 1).find((other) => drawnFrame(other).parent === drawnFrame(frame));
    case 'ArrowLeft':
      return here[here.indexOf(frame) - 1];
    case 'ArrowRight':
      return here[here.indexOf(frame) + 1];
    case 'Home':
      return here[0];
    case 'End':
      return here.at(-1);
    default:
      return undefined;
  }
}
