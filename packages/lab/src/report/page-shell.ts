import { escapeHtml } from './html.ts';
import { PAGE_STYLE } from './page-style.ts';

/** What a page is made of. Everything but the title is markup. */
export interface PageParts {
  readonly title: string;
  readonly body: string;
  /** Rules beside those that all pages have. */
  readonly style?: string;
  /** Script elements, at the end of the page. */
  readonly scripts?: string;
}

/** A whole page in one file. Its style, scripts and data are in it, and it may fetch nothing. */
export function renderShell({ title, body, style = '', scripts = '' }: PageParts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)} – giveback-lab</title>
<style>${PAGE_STYLE}${style}</style>
</head>
<body>
${body}
${scripts}
</body>
</html>
`;
}
