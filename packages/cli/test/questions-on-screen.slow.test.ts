import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPage, openReceipt, useBrowser, type Watched } from '../../viewer/test/support/browser.js';
import { startKaizen } from './support/kaizen.js';
import { questions, questionsWorld } from './support/questions-world.js';
import { wordsOf } from './support/run-script.js';
import { SERVICE_CALLS } from './support/services.js';
import type { World } from './support/world.js';

type Page = Watched['page'];

let world: World;
let runId: string;

const go = (page: Page, hash: string) => page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
const shows = (page: Page, text: RegExp) => page.locator('main', { hasText: text }).first().waitFor();

/** The rows of the list of runs that a filter leaves: their tasks. */
async function tasks(page: Page, filter: Readonly<Record<string, string>>): Promise<string[]> {
  await page.waitForSelector('tbody tr');
  for (const [name, value] of Object.entries(filter)) {
    if (name === 'result' || name === 'state') await page.selectOption(`[name=${name}]`, value);
    else await page.fill(`[name=${name}]`, value);
  }
  const answered = page.waitForResponse((response) => response.url().includes('/api/runs?'));
  await page.click('button:has-text("Filter")');
  await answered;
  await page.waitForFunction(() => !document.querySelector('.waiting'));
  return page.locator('tbody th .quiet').allTextContents();
}

async function agent(page: Page, id: string, text: RegExp): Promise<void> {
  await go(page, `#/agent/${id}`);
  await page.waitForSelector('.tree');
  await shows(page, text);
}

async function run(page: Page): Promise<void> {
  await go(page, `#/run/${runId}`);
  await page.waitForSelector('.timeline .record');
}

async function deployment(page: Page, text: RegExp): Promise<void> {
  await go(page, '#/deployment');
  await shows(page, text);
}

async function receipt(page: Page, text: RegExp): Promise<void> {
  await go(page, '#/receipt');
  await page.waitForSelector('.drop');
  await openReceipt(page, readFileSync(world.path('receipt.json'), 'utf8'));
  await shows(page, text);
}

/** How each screen of the page shows its answer, in the order of the page. */
const SCREENS: readonly ((page: Page) => Promise<void>)[] = [
  async (page) => {
    await receipt(page, /agent-analyst/);
    await page.click('.others .record:has-text("delegation")');
    expect(await page.textContent('.details')).toMatch(
      /From.*agent-analyst.*To.*agent-clerk.*Limits.*read_only/s,
    );
  },
  (page) => agent(page, 'agent-clerk', /can report.*can pay/s),
  (page) => agent(page, 'agent-clerk', /established agent-clerk.*can pay.*attested by org-acme/s),
  async (page) => {
    await run(page);
    expect(await page.textContent('.timeline')).toMatch(/agent-analyst.*execute.*agent-clerk.*pay/s);
  },
  async (page) => expect(await tasks(page, { action: 'pay', result: 'success' })).toEqual(['pay-001']),
  async (page) => expect(await tasks(page, { result: 'denied' })).toEqual(['report-001']),
  async (page) => expect(await tasks(page, { agent: 'agent-clerk' })).toEqual(['pay-001', 'report-001']),
  async (page) => expect(await tasks(page, { agent: 'agent-analyst' })).toEqual(['report-001']),
  async (page) => {
    expect(await tasks(page, { state: 'failed' })).toHaveLength(1);
    expect(await page.textContent('tbody tr')).toContain('failed');
  },
  async (page) => {
    await run(page);
    expect(await page.textContent('.run dl')).toMatch(/State.*succeeded/s);
  },
  (page) => agent(page, 'agent-lead', /Agents that act by its delegation: 1.*agent-helper.*task t-1/s),
  (page) => deployment(page, /revoke_agent agent-gone left the company/),
  (page) => agent(page, 'agent-lead', /agent-lead to agent-helper: report/),
  async (page) => {
    await run(page);
    await shows(page, /Verdict.*Valid, by the keys that this deployment trusts/s);
  },
  async (page) => {
    await page.waitForSelector('tbody tr');
    const rows = await page.locator('tbody tr').allTextContents();
    expect(rows).toHaveLength(3);
    for (const row of rows) expect(row).toMatch(/ valid$/);
  },
  (page) => deployment(page, /The store has everything that the checkpoint names/),
  (page) => receipt(page, /Valid.*Every record is signed by authorities whose keys you trust/s),
  async (page) => {
    await agent(page, 'agent-clerk', /Every signature in it is valid, and it is in force/);
    await agent(page, 'agent-gone', /not as it was signed, or not in force: REVOKED/);
  },
  (page) => deployment(page, /org-acme ACME .*pinned by this deployment/s),
  (page) => deployment(page, /Every record is in its place/),
];

useBrowser();

describe('each of the twenty questions on its screen', () => {
  let server: ChildProcess;
  let url: string;
  beforeAll(async () => {
    ({ world, runId } = await questionsWorld());
    writeFileSync(world.path('token'), 'a-token-of-the-test-0123456789\n', { mode: 0o600 });
    const call = SERVICE_CALLS.serve.replaceAll('{folder}', world.folder);
    server = startKaizen([...wordsOf(call), '--json'], world.env);
    const [line] = (await once(server.stdout as NonNullable<ChildProcess['stdout']>, 'data')) as [Buffer];
    ({ url } = (JSON.parse(line.toString()) as { result: { url: string } }).result);
  });
  afterAll(() => {
    server.kill('SIGKILL');
    world.remove();
  });

  it('has a trial for each', () => expect(SCREENS).toHaveLength(questions.length));

  it.each(questions.map((each, i) => ({ ...each, trial: SCREENS[i] as (page: Page) => Promise<void> })))(
    '$question ($screen)',
    async ({ trial }) => {
      const { page, complaints } = await openPage(url);
      await trial(page);
      expect(complaints).toEqual([]);
    },
  );
});
