import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { forgeries, malloryWith } from '../../core/test/receipt/forgeries.js';
import { type Content, contentOf, issued, linked, signedBy } from '../../core/test/receipt/receipts.js';
import { openPage, openReceipt, pinKeys, useBrowser } from './support/browser.js';
import { answersOf, serve } from './support/server.js';

useBrowser();

/** `SCREENS=docs/screens` writes the pictures of the documentation; otherwise they go to a folder that is forgotten. */
const folder = process.env.SCREENS ?? mkdtempSync(join(tmpdir(), 'screens-'));

it('each screen can be photographed, in both themes, on paper and on a narrow window', async () => {
  const { world, result, receipt, pinned } = await issued();
  const answers = await answersOf(world, result.runId, receipt);
  const taken: string[] = [];
  const take = async (page: Awaited<ReturnType<typeof openPage>>['page'], name: string): Promise<void> => {
    const path = join(folder, `${name}.png`);
    await page.screenshot({ path, fullPage: true });
    taken.push(path);
  };
  const { page } = await openPage();
  await take(page, 'receipt-empty');
  await openReceipt(page, receipt.text);
  await take(page, 'receipt-consistent');
  await pinKeys(page, pinned);
  await page.click('[data-key=anchor-2].record');
  await take(page, 'receipt-valid');
  await page.emulateMedia({ media: 'print' });
  await take(page, 'receipt-printed');
  await page.emulateMedia({ media: 'screen' });
  const forge = forgeries.find(([what]) => what === 'a denial was a success')?.[1] as (
    content: Content,
  ) => Content;
  const { mallory, authorities } = await malloryWith(contentOf(receipt).authorities);
  const forged = await signedBy(mallory, { ...linked(forge(contentOf(receipt))), authorities });
  await openReceipt(page, forged, 'forged.json');
  await page.click('[data-key=anchor-3].record');
  await take(page, 'receipt-invalid');

  const served = await openPage(await serve(answers), { colorScheme: 'dark' });
  await served.page.waitForSelector('tbody tr');
  await take(served.page, 'runs');
  for (const [name, hash, ready] of [
    ['run', `#/run/${result.runId}`, '.node'],
    ['agent', '#/agent/agent-alice', '.tree'],
    ['approvals', '#/approvals', 'article'],
    ['deployment', '#/deployment', '.deployment ul'],
  ] as const) {
    await served.page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
    await served.page.waitForSelector(ready);
    if (name === 'run') await served.page.click('[data-key=anchor-3].record');
    await take(served.page, name);
  }
  await served.page.setViewportSize({ width: 480, height: 900 });
  await served.page.evaluate(`location.hash = '#/run/${result.runId}'`);
  await served.page.waitForSelector('.node');
  await take(served.page, 'run-narrow');
  for (const path of taken) expect(statSync(path).size).toBeGreaterThan(5_000);
});
