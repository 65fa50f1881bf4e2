import type { OrchestrationResult } from '@kaizen-eatp/core';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import type { LedgerEntry } from '@kaizen-eatp/core/store';
import { assembleTeam, type Team, transactions } from './team.ts';

/** An attack, the function that noticed it, and its message. */
export interface Caught {
  attack: string;
  caughtBy: string;
  words: string;
}

/** An attacker with access to the database gives the analyst a capability that no authority attested. */
export async function tamperWithChain(): Promise<Caught> {
  const { store, runtime, analyst } = await assembleTeam();
  const [stored] = await store.readChains([analyst.id]);
  const text = stored?.text.replace('"read_transactions"', '"delete_everything"') ?? '';
  await store.commit([
    {
      op: 'put_chain',
      agentId: analyst.id,
      text,
      authorityId: '-',
      expiresAt: null,
      ifVersion: stored?.version ?? null,
    },
  ]);
  const words = await refusal(runtime.execute({ data: transactions }));
  return { attack: "the analyst's stored chain now says delete_everything", caughtBy: 'execute', words };
}

/** An attacker widens a delegation on its way to the summarizer. */
export async function tamperWithDelegation(): Promise<Caught> {
  const { analyst, summarizer } = await assembleTeam();
  const delegation = await analyst.delegateTo(summarizer, {
    capabilities: ['analyze_data'],
    taskId: 'analysis-002',
  });
  const widened = { ...delegation, capabilitiesDelegated: ['*'] };
  const words = await refusal(summarizer.receiveDelegation(widened));
  return { attack: 'a delegation of analyze_data now gives *', caughtBy: 'receiveDelegation', words };
}

/** An attacker widens a delegation in the store. */
export async function tamperWithLedger(): Promise<Caught> {
  const { store, trust, analyst, summarizer } = await assembleTeam();
  const { id } = await analyst.delegateTo(summarizer, {
    capabilities: ['analyze_data'],
    taskId: 'analysis-003',
  });
  const [entry] = (await store.readDelegationPath(id)) as [LedgerEntry];
  const forgedId = `${id}-forged`;
  const text = entry.text.replace('"analyze_data"', '"*"').replace(id, forgedId);
  await store.commit([{ op: 'add_delegation', entry: { ...entry, delegationId: forgedId, text } }]);
  const verdict = await trust.verify({
    agentId: summarizer.id,
    action: 'delete_everything',
    delegationId: forgedId,
  });
  return {
    attack: 'a forged delegation of * is in the ledger',
    caughtBy: 'verify',
    words: verdict.reason ?? 'NOT CAUGHT',
  };
}

/** An attacker changes the outcome of a step in the receipt. */
export async function tamperWithAnchor(result: OrchestrationResult): Promise<Caught> {
  const { text } = await result.receipt();
  const verdict = await verifyReceipt(
    text.replace('\\"result\\":\\"success\\"', '\\"result\\":\\"failure\\"'),
  );
  return {
    attack: 'an anchor in the receipt says failure instead of success',
    caughtBy: 'verifyReceipt',
    words: verdict.problems[0]?.reason ?? 'NOT CAUGHT',
  };
}

/** The summarizer holds write_report, but works under the analyst's delegation and so under its limit read_only. */
export async function overstep(): Promise<Caught> {
  const team: Team = await assembleTeam({ summarizerWritesFile: true });
  await team.runtime.execute({ data: transactions });
  return {
    attack: 'the summarizer calls its tool write_report',
    caughtBy: 'callTool',
    words: team.refusals[0] ?? 'NOT CAUGHT',
  };
}

async function refusal(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'NOT CAUGHT',
    (error: Error & { code?: string }) => `[${error.code}] ${error.message}`,
  );
}
