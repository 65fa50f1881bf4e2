import { gzipSync } from 'node:zlib';
import {
  MemoryTrustStore,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { viewerHtml, viewerPath } from '@kaizen-eatp/viewer';
import { chromium } from 'playwright-core';
import { findChromium } from '../../scripts/find-chromium.mjs';

/** The receipt of a run in which one agent delegates to all others. @param {number} agents */
async function receiptOf(agents) {
  const trust = new TrustOperations({ store: new MemoryTrustStore() });
  const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'Bench' });
  const team = await Promise.all(
    Array.from({ length: agents }, async (_, i) => {
      const agent = new TrustedAgent({ name: `agent${i}`, agent: () => i, trust });
      await agent.establishTrust({ authorityId, capabilities: ['work'] });
      return agent;
    }),
  );
  const star = definePattern({
    name: 'star',
    async execute({ agents: [lead, ...others], delegate, invoke }) {
      await invoke(lead, 1);
      for (const other of others) {
        await delegate(lead, other, { capabilities: ['work'] });
        await invoke(other, 1);
      }
    },
  });
  const runtime = new TrustAwareOrchestrationRuntime({ agents: team, trust, patterns: [star] });
  const { receipt } = await runtime.execute(1, { pattern: 'star' });
  return (await receipt()).text;
}

/**
 * The time from dropping a receipt on the page, opened from the disk, until its verdict and its graph are drawn. The median
 * of some openings, each in a new page; undefined where there is no browser.
 * @param {import('./effort.js').Effort} effort
 */
export async function measureViewer({ rounds, few }) {
  const executablePath = findChromium();
  if (!executablePath) return undefined;
  const agents = Math.min(few, 200);
  const buffer = Buffer.from(await receiptOf(agents));
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath, args });
  const times = [];
  try {
    for (let i = 0; i < Math.min(rounds, 5); i++) {
      const page = await browser.newPage();
      await page.goto(`file://${viewerPath}`);
      const before = performance.now();
      await page.setInputFiles('.drop input', { name: 'receipt.json', mimeType: 'application/json', buffer });
      await page.waitForSelector('[data-verdict=open]', { timeout: 60_000 });
      await page.waitForSelector('.graph .node');
      times.push((performance.now() - before) * 1000);
      await page.close();
    }
  } finally {
    await browser.close();
  }
  times.sort((a, b) => a - b);
  const size = gzipSync(viewerHtml(), { level: 9 }).length;
  return { agents, wall: times[times.length >> 1], size };
}
