export const INK = '#1e293b';
export const FAINT = '#64748b';
export const RULE = '#e2e8f0';
/** Behind the charts. */
export const PAPER = '#ffffff';

/**
 * PNGs are drawn with the Lato that comes with the lab, as a server may have no fonts. The names are not
 * quoted: ECharts writes the list into an attribute as it is.
 */
export const FONT = 'Lato, Helvetica, Arial, sans-serif';
