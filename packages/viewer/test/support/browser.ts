/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import AxeBuilder from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
// @ts-expect-error - a script without types
import { findChromium } from '../../../../scripts/find-chromium.mjs';

const FILE = new URL('../../dist/viewer.html', import.meta.url).href;

/** A page, the addresses that it has asked for, and its complaints. */
export interface Watched {
  readonly page: Page;
  readonly requests: readonly string[];
  readonly complaints: readonly string[];
}

let browser: Browser | undefined;

/** Starts one browser for the tests of a file. */
export function useBrowser(): void {
  beforeAll(async () => {
    const executablePath = findChromium() as string | undefined;
    expect(executablePath, 'Chromium or Chrome; `node scripts/setup.mjs browser` installs one').toBeDefined();
    // As root, which containers often are, Chromium has no sandbox.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    browser = await chromium.launch({ executablePath: executablePath as string, args });
  });
  afterAll(() => browser?.close());
}

/** Opens the page, from the disk or from a server. */
export async function openPage(
  address: string = FILE,
  options: { readonly colorScheme?: 'dark' | 'light'; readonly width?: number } = {},
): Promise<Watched> {
  const { colorScheme = 'light', width = 1400 } = options;
  const page = await (browser as Browser).newPage({ colorScheme, viewport: { width, height: 1000 } });
  onTestFinished(() => page.close());
  page.setDefaultTimeout(30_000);
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(address);
  await page.waitForSelector('h1');
  return { page, requests, complaints };
}

/** Opens a receipt by the file input, and waits for the verdict. @returns `good`, `open`, `bad` or `failure`. */
export async function openReceipt(page: Page, text: string, name = 'receipt.json'): Promise<string> {
  await page.evaluate(() => document.querySelector('.verdict, .failure')?.setAttribute('data-old', ''));
  await page
    .locator('.drop input[type=file]')
    .setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
  await page.waitForFunction(
    (wanted) =>
      document.querySelector('h1')?.textContent?.includes(wanted) || document.querySelector('.drop .failure'),
    name,
    { timeout: 60_000 },
  );
  if ((await page.locator('.drop .failure').count()) > 0) return 'failure';
  return (await page.locator('[data-verdict]').getAttribute('data-verdict')) ?? 'none';
}

/** Trusts keys by the file input for keys. */
export async function pinKeys(page: Page, keys: Readonly<Record<string, string>>): Promise<void> {
  await page.locator('.keys input[type=file]').setInputFiles({
    name: 'keys.json',
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(keys)),
  });
  await page.waitForFunction(() => document.querySelector('.keys [aria-pressed=true]'));
}

/** The keys of the marked records, and the failed checks of the whole. */
export async function marksOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const records = Array.from(document.querySelectorAll('.record:has(.mark.bad)'), (one) =>
      one.getAttribute('data-key'),
    );
    const whole = Array.from(document.querySelectorAll('.verdict [data-passed=false]'), () => 'whole');
    return [...new Set([...records, ...whole])].map(String);
  });
}

/** The violations that axe finds. */
export async function violationsOf(page: Page): Promise<string[]> {
  // The page's own policy forbids scripts from elsewhere; the debugging protocol does not ask it.
  const results = await page.evaluate(
    `${AxeBuilder.source}; axe.run(document, { resultTypes: ['violations'] })`,
  );
  return (
    results as { violations: { id: string; nodes: { target: unknown; failureSummary?: string }[] }[] }
  ).violations.map(
    ({ id, nodes }) =>
      `${id}: ${JSON.stringify(nodes.slice(0, 3).map(({ target, failureSummary }) => [target, failureSummary]))}`,
  );
}
