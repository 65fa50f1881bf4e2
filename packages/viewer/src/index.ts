import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type * from './api.js';

/** The path of the HTML file. */
export const viewerPath: string = fileURLToPath(new URL('../dist/viewer.html', import.meta.url));

/** The content that a page has from the start. */
export interface ViewerContent {
  /** A receipt, which the page verifies and shows. It trusts none of its keys. Default: none, so that the page asks for one. */
  readonly receipt?: {
    /** The name of the receipt, to show. */
    readonly name: string;
    /** The text of the receipt, byte for byte. */
    readonly text: string;
  };
}

/**
 * Reads the HTML file. Its own content security policy allows its script and style only, by their digests.
 *
 * @param content - the content of the page. Default: none.
 */
export function viewerHtml({ receipt }: ViewerContent = {}): string {
  const page = readFileSync(viewerPath, 'utf8');
  if (!receipt) return page;
  const { name, text } = receipt;
  // A block of data is no script. Without a `<`, no receipt can end it.
  const data = JSON.stringify({ name, text }).replaceAll('<', '\\u003c');
  const mark = '<div id="app"></div>';
  const at = page.indexOf(mark) + mark.length;
  return `${page.slice(0, at)}\n<script type="application/json" id="receipt">${data}</script>${page.slice(at)}`;
}
