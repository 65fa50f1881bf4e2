import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { describe, expect, it } from 'vitest';
import { main } from '../src/main.ts';
import {
  overstep,
  tamperWithAnchor,
  tamperWithChain,
  tamperWithDelegation,
  tamperWithLedger,
} from '../src/tampering.ts';

describe('the basic example', () => {
  it('computes the report from the data and leaves the whole trail', async () => {
    const lines: string[] = [];
    const result = await main((line) => lines.push(line));
    // Summed independently with awk: units * unit_price, refunds negative, lines without units left out.
    expect(result.result).toContain('Net revenue was 5,752,564.32 from 4191 transactions');
    expect(result.result).toContain('9 lines of the export were unusable');
    expect(result.delegations.map((d) => [d.delegatorId, d.delegateeId, d.capabilitiesDelegated])).toEqual([
      ['agent-analyst', 'agent-summarizer', ['execute']],
    ]);
    expect(result.auditTrail.map((a) => `${a.agentId} ${a.action} ${a.result}`)).toEqual([
      'agent-analyst read_transactions success',
      'agent-analyst execute success',
      'agent-summarizer execute success',
      'agent-analyst orchestration_complete success',
    ]);
    const verdict = await verifyReceipt(await result.receipt());
    expect(verdict.problems).toEqual([]);
    expect(lines.join('\n')).not.toContain('NOT CAUGHT');
  });

  it.each([
    ['a stored chain', tamperWithChain, 'is not as it was signed'],
    ['a delegation', tamperWithDelegation, 'it differs from the signed record in the store'],
    ['the ledger', tamperWithLedger, 'was made for something else'],
    ['an agent that oversteps', overstep, "'write_report' contains 'write', which read_only does not permit"],
  ])('notices %s', async (_what, attack, words) => {
    expect((await attack()).words).toContain(words);
  });

  it('notices an anchor', async () => {
    const result = await main(() => undefined);
    expect((await tamperWithAnchor(result)).words).toBe('the receipt is not as it was signed');
  });
});
