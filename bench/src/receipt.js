import {
  MemoryTrustStore,
  TrustAwareOrchestrationRuntime,
  TrustedAgent,
  TrustOperations,
} from '@kaizen-eatp/core';
import { definePattern } from '@kaizen-eatp/core/plugin';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { canonicalJson, parseJson } from '@kaizen-eatp/core/records';
import { interleave, median } from './measure.js';

// No public way leads around the threads, so the judgement alone is taken from the inside of the package.
const inside = (/** @type {string} */ module) => import(`../../packages/core/dist/${module}.js`);

/** The receipt of a run with so many acts, and the trusted keys. @param {number} acts */
async function receiptOf(acts) {
  const trust = new TrustOperations({ store: new MemoryTrustStore() });
  const { id: authorityId, publicKey } = await trust.createEnterpriseAuthority({ name: 'Bench' });
  const agent = new TrustedAgent({ name: 'agent', agent: (/** @type {number} */ i) => i, trust });
  await agent.establishTrust({ authorityId, capabilities: ['work'] });
  const repeated = definePattern({
    name: 'repeated',
    async execute({ agents: [only], invoke }) {
      for (let i = 0; i < acts; i++) await invoke(only, i);
    },
  });
  const runtime = new TrustAwareOrchestrationRuntime({ agents: [agent], trust, patterns: [repeated] });
  const { receipt } = await runtime.execute(1, { pattern: 'repeated' });
  return { text: (await receipt()).text, authorities: { [authorityId]: publicKey } };
}

/**
 * The time to verify a receipt with all signatures on one core, and on all cores.
 * @param {import('./effort.js').Effort} effort
 */
export async function measureReceipt(effort) {
  const acts = effort.few;
  const { text, authorities } = await receiptOf(acts);
  const [{ judgeReceipt }, { parseVerifyOptions }, { Ahead }] = await Promise.all(
    ['receipt/judge-receipt', 'receipt/verify-options', 'signing/verify-ahead'].map(inside),
  );
  const trusted = parseVerifyOptions({ authorities });
  const alone = async () => {
    const content = parseJson(text, 'receipt');
    if (canonicalJson(content) !== text) throw new Error('another receipt');
    return judgeReceipt(content, trusted, { ahead: new Ahead([]), anchors: new Map() });
  };
  const subjects = Object.entries({ alone, all: () => verifyReceipt(text, { authorities }) });
  for (const [id, run] of subjects) if (!(await run()).valid) throw new Error(`${id}: the receipt is valid`);
  const timings = await interleave(
    subjects.map(([id, run]) => ({ id, run })),
    effort,
  );
  const rounds = (/** @type {string} */ id) => timings.get(id)?.rounds ?? [];
  const others = rounds('all');
  return { acts, timings, ratio: median(rounds('alone').map(({ wall }, i) => wall / others[i].wall)) };
}
