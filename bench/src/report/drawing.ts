import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';

export const FONT = 'DejaVu Sans';

/** A picture so many pixels wide. The font comes along: a server may have none. */
export function toPng(svg: string, width: number): Buffer {
  const require = createRequire(import.meta.url);
  const fontFiles = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((file) =>
    require.resolve(`dejavu-fonts-ttf/ttf/${file}`),
  );
  const font = { fontFiles, loadSystemFonts: false, defaultFontFamily: FONT };
  return new Resvg(svg, { font, fitTo: { mode: 'width', value: width } }).render().asPng();
}
