import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type * from './api.js';

/** The path of the HTML file. */
export const viewerPath: string = fileURLToPath(new URL('../dist/viewer.html', import.meta.url));

/** Reads the HTML file. Its own content security policy allows its script and style only, by their digests. */
export const viewerHtml = (): string => readFileSync(viewerPath, 'utf8');
