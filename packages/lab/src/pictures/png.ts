import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';

const { resolve } = createRequire(import.meta.url);

/** The lab brings its own font: a machine in a data centre has none, and text without a font is nothing. */
const fontFiles = ['400Regular/Lato_400Regular.ttf', '700Bold/Lato_700Bold.ttf'].map((file) =>
  resolve(`@expo-google-fonts/lato/${file}`),
);

/** Twice the size of the SVG, for screens that have the pixels. */
const ZOOM = 2;

export function renderPng(svg: string): Buffer {
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: ZOOM },
    font: { fontFiles, loadSystemFonts: false, defaultFontFamily: 'Lato' },
  });
  return image.render().asPng();
}
