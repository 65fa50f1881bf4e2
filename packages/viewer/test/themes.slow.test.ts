import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { issued } from '../../core/test/receipt/receipts.js';
import { openPage, openReceipt, useBrowser, violationsOf } from './support/browser.js';
import { answersOf, serve } from './support/server.js';

useBrowser();

/** How light the background of the page is, from 0 to 255. */
const lightness = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const parts = getComputedStyle(document.body).backgroundColor.match(/\d+/g) ?? [];
    return parts.slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3;
  });

it.each(['light', 'dark'] as const)(
  'each screen opens in the %s theme, can be read, and has no complaint',
  async (colorScheme) => {
    const { world, result, receipt } = await issued();
    const { page, complaints } = await openPage(await serve(await answersOf(world, result.runId, receipt)), {
      colorScheme,
    });
    const screens: readonly (readonly [hash: string, ready: string, says: string])[] = [
      ['#/runs', 'tbody tr', result.runId],
      [`#/run/${result.runId}`, '.run .node', 'agent-alice'],
      ['#/agents', 'main a[href*="agent-alice"]', 'agent-alice'],
      ['#/agent/agent-alice', '.tree', 'agent-alice'],
      ['#/approvals', 'article', 'The invoice exceeds the limit'],
      ['#/deployment', '.deployment ul', 'left the company'],
      ['#/receipt', '.drop', 'receipt'],
    ];
    for (const [hash, ready, says] of screens) {
      await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
      await page.waitForSelector(ready);
      expect(await page.textContent('main'), hash).toContain(says);
      const light = await lightness(page);
      expect(colorScheme === 'dark' ? 255 - light : light, `${hash} in its theme`).toBeGreaterThan(190);
      // The contrast of every text is among what axe looks at.
      expect(await violationsOf(page), hash).toEqual([]);
    }
    await openReceipt(page, receipt.text);
    expect(await violationsOf(page), 'a receipt').toEqual([]);
    expect(complaints).toEqual([]);
  },
);
