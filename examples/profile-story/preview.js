// What stands for the work of an image library: it fills a picture of 512 × 512 from whatever it is given.

const SIDE = 512;
export const PREVIEW_BYTES = SIDE * SIDE * 4;

/** Takes every n-th pixel. */
export function drawPreview(image, preview) {
  const step = 4 * Math.max(1, Math.floor(image.length / PREVIEW_BYTES));
  for (let to = 0, from = 0; to < PREVIEW_BYTES; to += 4, from += step) {
    if (from + 4 > image.length) from = 0;
    preview[to] = image[from];
    preview[to + 1] = image[from + 1];
    preview[to + 2] = image[from + 2];
    preview[to + 3] = 255;
  }
}
