import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';

const { resolve } = createRequire(import.meta.url);

/** The lab brings its own font, because servers often have none, and text without a font is not drawn. */
const fontFiles = ['400Regular/Lato_400Regular.ttf', '700Bold/Lato_700Bold.ttf'].map((file) =>
  resolve(`@expo-google-fonts/lato/${file}`),
);

/** Twice the size of the SVG, for high-resolution screens. */
const ZOOM = 2;

/** Draws an SVG as a PNG. */
export function renderPng(svg: string): Buffer {
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: ZOOM },
    font: { fontFiles, loadSystemFonts: false, defaultFontFamily: 'Lato' },
  });
  return image.render().asPng();
}
