import { describe, expect, it } from 'vitest';
import { forgeries, malloryWith } from '../../core/test/receipt/forgeries.js';
import { type Content, contentOf, issued, linked, signedBy } from '../../core/test/receipt/receipts.js';
import { ALICE, rejection, World } from '../../core/test/runtime/world.js';
import { marksOf, openPage, openReceipt, pinKeys, useBrowser, violationsOf } from './support/browser.js';

useBrowser();

describe('the page from the disk', () => {
  it('opens a receipt, says in words that its keys are not trusted, and then that they are', async () => {
    const { receipt, pinned } = await issued();
    const { page, requests, complaints } = await openPage();
    expect(await openReceipt(page, receipt.text)).toBe('open');
    expect(await page.textContent('.verdict h2')).toContain('Consistent, but not proven');
    expect(await page.textContent('.meaning')).toContain('until you trust the keys');
    await pinKeys(page, pinned);
    expect(await page.textContent('.verdict h2')).toContain('Valid');
    expect(await page.textContent('.meaning')).toContain('each action was allowed when it began');
    expect(await marksOf(page)).toEqual([]);
    expect([requests.length, complaints]).toEqual([1, []]);
  });

  it('accepts a receipt by drag and drop', async () => {
    const { receipt } = await issued();
    const { page } = await openPage();
    const data = await page.evaluateHandle((text) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], 'dropped.json', { type: 'application/json' }));
      return transfer;
    }, receipt.text);
    await page.dispatchEvent('.receipt', 'drop', { dataTransfer: data });
    await page.waitForSelector('[data-verdict=open]');
    expect(await page.textContent('h1')).toBe('Receipt dropped.json');
  });

  it.each(['', 'no JSON', '{}', '[]', 'null', '{"anchors":[1]}'])(
    'says that %j is not a receipt',
    async (text) => {
      const { page, complaints } = await openPage();
      expect(await openReceipt(page, text)).toBe('failure');
      expect(complaints).toEqual([]);
    },
  );

  it('links the graph, the trail and the details, by mouse and by keyboard', async () => {
    const { receipt } = await issued();
    const { page } = await openPage();
    await openReceipt(page, receipt.text);
    await page.click('[data-key=anchor-2].record');
    expect(await page.locator('.details').getAttribute('data-key')).toBe('anchor-2');
    expect(await page.locator('.node.chosen').getAttribute('aria-label')).toContain('agent-bob');
    expect(await page.locator('.edge.chosen').count()).toBe(1);
    await page.locator('.edge').first().focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('.details').getAttribute('data-key')).toBe('delegation-0');
    await page.locator('.node', { hasText: 'agent-bob' }).focus();
    await page.keyboard.press(' ');
    expect(await page.locator('.record.related').count()).toBe(2);
    expect(await page.textContent('.details h2')).toContain('Chain of agent-bob');
  });

  it.each(['light', 'dark'] as const)(
    'has no violation that axe finds, in the %s theme',
    async (colorScheme) => {
      const { receipt } = await issued();
      const { page } = await openPage(undefined, { colorScheme });
      expect(await violationsOf(page)).toEqual([]);
      await openReceipt(page, receipt.text);
      await page.click('[data-key=anchor-3].record');
      expect(await violationsOf(page)).toEqual([]);
      const { mallory, authorities } = await malloryWith(contentOf(receipt).authorities);
      await openReceipt(
        page,
        await signedBy(mallory, { ...contentOf(receipt), authorities, run_id: 'x' }),
        'bad.json',
      );
      expect(await violationsOf(page)).toEqual([]);
    },
  );
});

/** The records that must be marked for each forgery; `whole`: a check of the whole receipt. */
const MARKED: Readonly<Record<string, readonly string[]>> = {
  'nothing but that it is hers': ['authority-1', 'whole'],
  'the first anchor was never there': ['anchor-1'],
  'the denial was never there': ['anchor-3'],
  'the last anchor was never there': ['whole'],
  'an anchor was there twice': ['anchor-2'],
  'the end was there twice': ['anchor-6'],
  'things happened in another order': ['anchor-1', 'anchor-2'],
  'a denial was a success': ['anchor-3'],
  'a delegation was never made': ['anchor-2', 'delegation-0'],
  'another delegation was never made': ['anchor-4'],
  'a delegation was made twice': ['delegation-2'],
  'delegations were made in another order': ['delegation-0', 'delegation-1'],
  'a delegation gave more': ['delegation-0'],
  'a delegation had no constraints': ['delegation-0'],
  'a chain gave more': ['chain-0'],
  'an agent took no part': ['anchor-1', 'delegation-0'],
  'it was another run': ['anchor-1'],
  'it was another task': ['anchor-1', 'delegation-0'],
  'nothing is left of it': ['anchor-1', 'whole'],
  'an anchor is no anchor': ['anchor-1'],
  'a delegation is no delegation': ['delegation-0'],
  'a chain is no chain': ['chain-0'],
  'an authority is no authority': ['authority-0'],
};

describe('a receipt that is signed again by mallory', () => {
  it.each(forgeries)('and says %s is marked at the affected record', async (what, forge) => {
    const { receipt, pinned } = await issued();
    const content = linked(forge(contentOf(receipt)) as Content);
    const { mallory, authorities } = await malloryWith(content.authorities);
    const forged = await signedBy(mallory, { ...content, authorities });
    const { page, complaints } = await openPage();
    await openReceipt(page, receipt.text);
    await pinKeys(page, pinned);
    expect(
      await openReceipt(page, forged, 'forged.json'),
      (await page.locator('.drop .failure').allTextContents()).join(),
    ).toBe('bad');
    expect(await page.textContent('.verdict h2')).toContain('Not valid');
    const marks = await marksOf(page);
    expect(marks).toEqual(expect.arrayContaining([...(MARKED[what] ?? ['unlisted'])]));
    const key = marks.find((mark) => mark !== 'whole') as string;
    await page.click(`[data-key=${key}].record`);
    expect(await page.locator('.details [data-passed=false] .reason').count()).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
  });
});

const HOSTILE = [
  '<img/src=x/onerror=alert(1)>',
  '<svg/onload=alert(2)><script>alert(3)</script></svg>',
  '"><script>fetch("http://127.0.0.1:9/")</script>',
  'javascript:alert(4)',
  "</text></svg><iframe/srcdoc='<script>alert(5)</script>'>",
  '{{constructor.constructor("alert(6)")()}}',
  '__proto__',
  'hasOwnProperty',
];

it('hostile names, actions and details in records have no effect', async () => {
  const world = await World.make();
  const lead = await world.agent('lead', () => 1, { capabilities: ['*'] });
  const others = await Promise.all(HOSTILE.map((name) => world.agent(name, () => HOSTILE.join())));
  const result = await world.execute(
    [lead, ...others],
    async ({ agents: [l, ...rest], delegate, invoke, share }) => {
      await invoke(l!, 1);
      for (const [i, agent] of rest.entries()) {
        await delegate(l!, agent, { capabilities: ['execute', HOSTILE[i]!], constraints: [HOSTILE[i]!] });
        await invoke(agent, 1, { action: HOSTILE[i]!, resource: HOSTILE[i]! }).catch(() => undefined);
        await rejection(invoke(agent, 1, { action: `never ${HOSTILE[i]}` }));
        await share(agent, HOSTILE, { action: 'execute', details: { html: HOSTILE[i]! } });
      }
    },
    { humanOrigin: { ...ALICE, displayName: HOSTILE[0]!, humanId: HOSTILE[1]! } },
  );
  const { page, requests, complaints } = await openPage();
  expect(await openReceipt(page, (await result.receipt()).text, `${HOSTILE[0]}.json`)).toBe('open');
  const keys = await page.$$eval('.record', (all) => all.map((one) => one.getAttribute('data-key')));
  for (const key of keys) await page.click(`[data-key=${key}].record`);
  expect(
    await page.evaluate(
      () => document.querySelectorAll('img, iframe, script:not([type=module]), svg svg, b').length,
    ),
  ).toBe(0);
  expect(await page.textContent('.verdict')).toContain(HOSTILE[1]!);
  expect([requests.length, complaints]).toEqual([1, []]);
});
