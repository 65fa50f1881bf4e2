import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { expect, it } from 'vitest';
import { buildWrongly, main } from '../src/main.ts';
import { assembleTeam } from '../src/team.ts';

it('computes the report from the data, under the delegations that the workflow names', async () => {
  const lines: string[] = [];
  const result = await main((line) => lines.push(line));
  // Counted independently: awk -F, '$3 == "payments" { n++; m += $5; c[$6] += $5 } END { … }'
  expect(result.result).toBe(
    [
      '# Outages of payments',
      '',
      '11 incidents took 504 minutes, 45.8 each.',
      'The longest was inc-011 on 2025-05-07: 140 minutes (database).',
      'Most time was lost to "database": 296 minutes, 59 %.',
    ].join('\n'),
  );
  expect(result.delegations.map((d) => [d.delegatorId, d.delegateeId, d.capabilitiesDelegated])).toEqual([
    ['agent-researcher', 'agent-analyst', ['analyze']],
    ['agent-researcher', 'agent-analyst', ['execute']],
    ['agent-analyst', 'agent-writer', ['write']],
  ]);
  expect(result.auditTrail.map((a) => `${a.agentId} ${a.action} ${a.result}`)).toEqual([
    'agent-researcher search success',
    'agent-researcher execute success',
    'agent-analyst analyze success',
    'agent-writer write success',
    'agent-researcher orchestration_complete success',
  ]);
  expect((await verifyReceipt(await result.receipt())).problems).toEqual([]);
  expect(lines[0]).toContain('n0 -->|"analyze"| n1');
});

it('says all that is wrong with a workflow at once', async () => {
  const { problems } = await buildWrongly(await assembleTeam());
  expect(problems.map(({ kind, agents }) => [kind, ...agents])).toEqual([
    ['UNKNOWN_AGENT', 'analyst'],
    ['MISSING_CAPABILITY', 'researcher'],
    ['CAPABILITY_NOT_HELD', 'writer', 'researcher'],
  ]);
});
