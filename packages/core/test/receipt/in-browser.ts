/// <reference lib="dom" />
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { ReceiptVerification, VerifyReceiptOptions } from '@kaizen-eatp/core/receipt';
import { type Browser, chromium, type Page } from 'playwright-core';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect } from 'vitest';
// @ts-expect-error - a script without types
import { findChromium } from '../../../../scripts/find-chromium.mjs';

type Verify = typeof import('@kaizen-eatp/core/receipt').verifyReceipt;
export type Judged = Pick<ReceiptVerification, 'verdict' | 'problems' | 'runId' | 'signedBy' | 'isPinned'>;

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));

/** Bundles a module of core, as it was built, with no setting but that for browsers. */
export async function bundleForBrowsers(module: string): Promise<string> {
  const complaints: string[] = [];
  const bundle = await rolldown({
    input: `${dist}${module}`,
    platform: 'browser',
    onLog: (_level, log) => complaints.push(log.message),
  });
  const { output } = await bundle.generate({ format: 'iife', name: 'bundled', minify: true });
  await bundle.close();
  expect(complaints).toEqual([]);
  expect(output).toHaveLength(1);
  return output[0].code;
}

/** The size of a script as a server sends it, in bytes. */
export const gzipped = (script: string): number => gzipSync(script, { level: 9 }).length;

/** One page with cryptography of its own, which only pages over TLS have, and one without. */
export interface Pages {
  readonly secure: Page;
  readonly insecure: Page;
}

/** Opens the pages before the tests of a file, with a module of core in both of them. */
export function usePages(module: string): () => Pages {
  let browser: Browser | undefined;
  let pages: Pages | undefined;
  const open = async (address: string, script: string): Promise<Page> => {
    const page = await (browser as Browser).newPage();
    await page.route(address, (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>test</title>' }),
    );
    await page.goto(address);
    await page.addScriptTag({ content: script });
    return page;
  };
  beforeAll(async () => {
    const executablePath = findChromium() as string | undefined;
    expect(executablePath, 'Chromium or Chrome; `node scripts/setup.mjs browser` installs one').toBeDefined();
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    browser = await chromium.launch({ executablePath: executablePath as string, args });
    const script = await bundleForBrowsers(module);
    const secure = await open('https://auditor.test/', script);
    const insecure = await open('http://auditor.test/', script);
    for (const [page, hasCryptography] of [
      [secure, true],
      [insecure, false],
    ] as const)
      expect(await page.evaluate(() => crypto.subtle !== undefined)).toBe(hasCryptography);
    pages = { secure, insecure };
  });
  afterAll(() => browser?.close());
  return () => pages as Pages;
}

/** Verifies a receipt in Node.js and in the pages, and expects the same of all. */
export async function verifyEverywhere(
  verify: Verify,
  pages: readonly Page[],
  ...given: Parameters<Verify>
): Promise<ReceiptVerification> {
  const inNode = await outcomeOf(() => verify(...given));
  for (const page of pages) {
    const found = await judgeIn(page, ...given);
    expect(found).toEqual(judgedOf(inNode));
  }
  if ('thrown' in inNode) throw inNode.thrown;
  return inNode;
}

type Outcome = ReceiptVerification | { readonly thrown: unknown };

const outcomeOf = (work: () => Promise<ReceiptVerification>): Promise<Outcome> =>
  work().catch((thrown) => ({ thrown }));

function judgedOf(outcome: Outcome): Judged | { readonly code: string } {
  if ('thrown' in outcome) return { code: (outcome.thrown as { code: string }).code };
  const { verdict, problems, runId, signedBy, isPinned } = outcome;
  return { verdict, problems, runId, signedBy, isPinned };
}

function judgeIn(page: Page, receipt: unknown, options: VerifyReceiptOptions = {}): Promise<unknown> {
  const text = typeof receipt === 'string' ? receipt : (receipt as { text?: string } | undefined)?.text;
  return page.evaluate(
    async ([text, options]) => {
      const { verifyReceipt } = (globalThis as unknown as { bundled: { verifyReceipt: Verify } }).bundled;
      try {
        const { verdict, problems, runId, signedBy, isPinned } = await verifyReceipt(text as string, options);
        return { verdict, problems, runId, signedBy, isPinned };
      } catch (error) {
        return { code: (error as { code?: string }).code ?? String(error) };
      }
    },
    [text, options] as const,
  );
}
