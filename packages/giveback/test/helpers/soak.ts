/** Whether tests may take long: with `GIVEBACK_SOAK=1`. */
export const isSoak: boolean = process.env.GIVEBACK_SOAK === '1';
