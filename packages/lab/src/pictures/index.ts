// `giveback-lab/pictures`: charts as SVG and PNG, in one style.
export { FAINT, FONT, INK, RULE } from './palette.ts';
export { renderPng } from './png.ts';
export { LEGEND, titled } from './styles.ts';
export { renderSvg, type Size } from './svg.ts';
