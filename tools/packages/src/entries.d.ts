import type { Entry } from './api-report.js';

export function entriesOf(root: string): Entry[];
export function packagesOf(
  root: string,
): { readonly folder: string; readonly manifest: Readonly<Record<string, unknown>> }[];
