import type { RunSummary } from '@kaizen-eatp/viewer';
import { describe, expect, it } from 'vitest';
import { issued } from '../../core/test/receipt/receipts.js';
import { World } from '../../core/test/runtime/world.js';
import { openPage, useBrowser, violationsOf } from './support/browser.js';
import { answersOf, cutting, serve, TOKEN } from './support/server.js';

useBrowser();

async function deployment() {
  const { world, result, receipt } = await issued();
  return { answers: await answersOf(world, result.runId, receipt), runId: result.runId };
}

describe('the page from a server', () => {
  it('takes the token out of the address, and sends it with each request', async () => {
    const { answers } = await deployment();
    const { page, complaints } = await openPage(await serve(answers));
    await page.waitForSelector('tbody tr');
    expect(page.url()).not.toContain(TOKEN);
    expect(complaints).toEqual([]);
  });

  it('says what to do without the right token', async () => {
    const { answers } = await deployment();
    const { page } = await openPage((await serve(answers)).replace(TOKEN, 'wrong'));
    expect(await page.textContent('[role=alert]')).toContain('The token is wrong. Open the printed address.');
  });

  it('lists the runs, and filters them', async () => {
    const { answers } = await deployment();
    const { page } = await openPage(await serve(answers));
    await page.waitForSelector('tbody tr');
    expect(await page.locator('tbody tr').count()).toBe(2);
    await page.fill('[name=agent]', 'agent-nobody');
    await page.click('text=Filter');
    await page.waitForSelector('text=No run matches.');
    await page.fill('[name=agent]', 'agent-bob');
    await page.keyboard.press('Enter');
    await page.waitForSelector('tbody tr');
    expect(await page.locator('tbody tr').count()).toBe(2);
  });

  it('turns the pages of the list to older and newer runs, by the keyboard too', async () => {
    const { answers } = await deployment();
    const [run] = answers.runs.runs as [RunSummary];
    const runs = [1, 2, 3].map((n) => ({ ...run, runId: `run-${n}` }));
    const { page } = await openPage(await serve({ ...answers, runs: { runs, next: null }, runsOfPage: 2 }));
    const shown = async (first: string): Promise<string[]> => {
      await page.waitForSelector(`tbody tr:first-child:has-text("${first}")`);
      return page.locator('tbody th a').allTextContents();
    };
    expect(await shown('run-1')).toEqual(['run-1', 'run-2']);
    expect(await page.locator('button:has-text("Newer runs")').isDisabled()).toBe(true);
    await page.click('text=Older runs');
    expect(await shown('run-3')).toEqual(['run-3']);
    expect(await page.locator('button:has-text("Older runs")').isDisabled()).toBe(true);
    await page.focus('button:has-text("Newer runs")');
    await page.keyboard.press('Enter');
    expect(await shown('run-1')).toEqual(['run-1', 'run-2']);
    await page.click('text=Older runs');
    await shown('run-3');
    // Other filters begin with the newest run again.
    await page.click('button:has-text("Filter")');
    expect(await shown('run-1')).toEqual(['run-1', 'run-2']);
    expect(await violationsOf(page)).toEqual([]);
  });

  it('shows an ended run as verified by the keys of the deployment', async () => {
    const { answers, runId } = await deployment();
    const { page } = await openPage(await serve(answers));
    await page.waitForSelector('.brand:has-text("ACME")');
    await page.click(`text=${runId}`);
    await page.waitForSelector('.run .node');
    expect(await page.textContent('.run dl')).toContain('Valid, by the keys that this deployment trusts.');
    expect(await page.locator('.timeline .record .mark.good').count()).toBe(5);
    expect(await page.textContent('.fact:has-text("Usage of agent-bob") dd')).toBe(
      '1,200 tokens, cost 0.003',
    );
  });

  it('names the runs whose decisions cannot be read', async () => {
    const { answers } = await deployment();
    const { page } = await openPage(await serve(answers));
    await page.click('nav >> text=Approvals');
    await page.waitForSelector(
      'text=What run run-spoilt asks for cannot be read: RUN_DAMAGED: it was changed',
    );
  });

  it('says of an ended run without a receipt what it has checked, and marks a changed record', async () => {
    const { answers, runId } = await deployment();
    const entries = answers.run.entries.map((entry) =>
      entry.sequence === 2 ? { ...entry, text: entry.text.replace('agent-bob', 'agent-eve') } : entry,
    );
    for (const [run, says, marks] of [
      [{ ...answers.run, hasReceipt: false }, 'It has no receipt of this run.', 0],
      [{ ...answers.run, entries, hasReceipt: false }, 'Not valid.', 1],
    ] as const) {
      const address = await serve({ ...answers, run }, (_request, response) => response.end());
      const { page } = await openPage(address);
      await page.evaluate(`location.hash = ${JSON.stringify(`#/run/${runId}`)}`);
      await page.waitForSelector('.run .node');
      expect(await page.textContent('.run dl')).toContain(says);
      expect(await page.locator('.timeline .mark.bad').count()).toBe(marks);
    }
  });

  it('shows a run that waits before its first step', async () => {
    const { answers, runId } = await deployment();
    const { summary } = answers.run;
    const waiting = { ...summary, state: 'waiting', startedAt: null, endedAt: null, entries: 0 } as const;
    const none = { entries: [], delegations: [], chains: [], authorities: [], hasReceipt: false };
    const address = await serve({ ...answers, run: { summary: waiting, ...none } }, (_request, response) =>
      response.end(),
    );
    const { page, complaints } = await openPage(address);
    await page.evaluate(`location.hash = ${JSON.stringify(`#/run/${runId}`)}`);
    await page.waitForSelector('.run dl');
    expect(await page.textContent('.run dl')).toMatch(/waiting.*Valid so far: the run has not ended/s);
    expect(await page.textContent('.timeline')).toContain('0 of 0 records');
    expect(complaints).toEqual([]);
  });

  it('shows an agent, its chain, and what revoking it would stop', async () => {
    const { answers } = await deployment();
    const { page } = await openPage(await serve(answers));
    await page.click('nav >> text=Agents');
    await page.click('text=agent-alice');
    await page.waitForSelector('.tree');
    expect(await page.textContent('.tree')).toContain('can read_mail');
    expect(await page.textContent('[aria-labelledby=stops-title]')).toMatch(
      /Agents that act by its delegation: 2.*agent-bob/,
    );
  });

  it('shows what waits for a decision, and who can decide', async () => {
    const { answers } = await deployment();
    const { page } = await openPage(await serve(answers));
    await page.click('nav >> text=Approvals');
    await page.waitForSelector('article');
    expect(await page.textContent('article')).toMatch(
      /asks for: pay.*person-bob, person-carol.*person-dana.*1200/s,
    );
  });

  it.each(['light', 'dark'] as const)(
    'has no violation that axe finds on any screen, in the %s theme',
    async (colorScheme) => {
      const { answers, runId } = await deployment();
      const { page } = await openPage(await serve(answers), { colorScheme });
      await page.waitForSelector('tbody tr');
      for (const [address, ready] of [
        ['#/runs', 'tbody tr'],
        [`#/run/${runId}`, '.node'],
        ['#/agents', '.plain a'],
        ['#/agent/agent-alice', '.tree'],
        ['#/approvals', 'article'],
        ['#/deployment', '.deployment ul'],
        ['#/receipt', '.drop'],
      ] as const) {
        await page.evaluate((hash) => {
          location.hash = hash;
        }, address);
        await page.waitForSelector(ready);
        expect([address, await violationsOf(page)]).toEqual([address, []]);
      }
    },
  );
});

it('a live run of 1,000 steps whose connection is cut 20 times shows each step once, in order', async () => {
  const world = await World.make();
  const alice = await world.agent('alice');
  const result = await world.execute([alice], async ({ agents: [a], invoke }) => {
    for (let i = 0; i < 999; i++) await invoke(a!, i);
  });
  const answers = await answersOf(world, result.runId, await result.receipt());
  const { run } = answers;
  expect(run.entries.length).toBe(1_000);
  const running = { ...run.summary, state: 'running' as const, endedAt: null };
  const live = {
    ...answers,
    run: { ...run, summary: running, entries: run.entries.slice(0, 10), hasReceipt: false },
  };
  const { events, connections } = cutting(run.entries, run.summary, 20);
  const address = await serve(live, events);
  const { page, complaints } = await openPage(address);
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `#/run/${result.runId}`);
  await page.waitForSelector('.result.succeeded', { timeout: 60_000 });
  const keys = await page.$$eval('.timeline .record', (all) =>
    all.map((one) => one.getAttribute('data-key')),
  );
  expect(keys).toEqual(Array.from({ length: 1_000 }, (_, i) => `anchor-${i + 1}`));
  expect(await page.locator('.timeline .mark.bad').count()).toBe(0);
  expect(await page.textContent('.run dl')).toContain('Valid, by the keys that this deployment trusts.');
  expect(connections).toHaveLength(21);
  expect(complaints.filter((text) => !text.includes('ERR_INCOMPLETE_CHUNKED_ENCODING'))).toEqual([]);
});
