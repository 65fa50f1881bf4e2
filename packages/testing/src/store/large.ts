import { randomBytes } from 'node:crypto';
import type { TrustStore } from '@kaizen-eatp/core/store';
import { expectSame, expectThat } from './expectations.js';
import {
  addDelegation,
  appendAnchor,
  appendStatement,
  chainText,
  entries,
  entryAfter,
  openIntent,
  putChain,
  revoke,
  statements,
} from './samples.js';

/** More than any limit that a store could have taken from a page of a user interface. */
const ROWS = 1_250;
const ROWS_IN_A_BATCH = 250;

/** Writes more than a thousand records of each kind, and reads all of them. */
export async function keepsManyRows(store: TrustStore): Promise<void> {
  const numbers = Array.from({ length: ROWS }, (_, i) => String(i).padStart(5, '0'));
  const trail = entries('run-1', ROWS);
  const log = statements(ROWS);
  for (let start = 0; start < ROWS; start += ROWS_IN_A_BATCH) {
    const some = numbers.slice(start, start + ROWS_IN_A_BATCH);
    await store.commit(some.map((n) => putChain(`agent-${n}`)));
    await store.commit(some.map((n) => addDelegation(`del-${n}`, { runId: 'run-1' })));
    await store.commit(some.map((n) => revoke('agent', `agent-${n}`)));
    await store.commit(some.map((n) => openIntent(`run-1/${n}`, 'run-1')));
    await store.commit(trail.slice(start, start + ROWS_IN_A_BATCH).map((entry) => appendAnchor(entry)));
    await store.commit(log.slice(start, start + ROWS_IN_A_BATCH).map(appendStatement));
  }
  const agents = numbers.map((n) => `agent-${n}`);
  const whole = await store.readTrail('run-1');
  expectSame('entries of a long trail', whole.length, ROWS);
  expectSame('the last entry of a long trail', whole.at(-1), trail.at(-1));
  expectSame('statements of a long log', (await store.readStatements()).length, ROWS);
  expectSame('delegations of a run', (await store.findDelegations({ runId: 'run-1' })).length, ROWS);
  expectSame('open intents of a run', (await store.openIntents({ trailId: 'run-1' })).length, ROWS);
  expectSame('revocations that are asked for', (await store.readRevocations('agent', agents)).length, ROWS);
  const chains = await store.readChains(agents);
  expectSame('chains that are asked for', chains.filter(Boolean).length, ROWS);
  const listed: string[] = [];
  for (let last: string | undefined; ; last = listed.at(-1)) {
    const page = await store.listChains({ limit: 1_100, ...(last !== undefined && { afterAgentId: last }) });
    listed.push(...page.map((chain) => chain.agentId));
    expectThat('pages of chains do not end', listed.length <= ROWS);
    if (page.length === 0) break;
  }
  expectSame('chains listed in pages of 1,100', new Set(listed).size, ROWS);
}

const MEGABYTE = 1024 * 1024;

/** A chain of several megabytes, which no parser makes shorter, comes back byte for byte, and so does a trail entry. */
export async function keepsLongTexts(store: TrustStore): Promise<void> {
  for (const megabytes of [1, 4]) {
    const note = `${randomBytes((megabytes * MEGABYTE) / 2).toString('hex')} é漢𝒳`;
    const agentId = `agent-${megabytes}`;
    await store.commit([
      putChain(agentId, null, chainText(agentId, note)),
      appendAnchor(entryAfter(`run-${megabytes}`, undefined, 'aud-1', `{"note":"${note}"}`)),
      addDelegation(`del-${megabytes}`, { text: `{"note":"${note}"}` }),
    ]);
    const [chain] = await store.readChains([agentId]);
    expectText(`a chain of ${megabytes} MB`, chain?.text, chainText(agentId, note));
    const [entry] = await store.readTrail(`run-${megabytes}`);
    expectText(`a trail entry of ${megabytes} MB`, entry?.text, `{"note":"${note}"}`);
    const [delegation] = await store.readDelegationPath(`del-${megabytes}`);
    expectText(`a delegation of ${megabytes} MB`, delegation?.text, `{"note":"${note}"}`);
  }
}

function expectText(what: string, received: string | undefined, expected: string): void {
  if (received === expected) return;
  expectSame(`the length of ${what}`, received?.length, expected.length);
  throw new Error(`${what} came back with other characters`);
}
