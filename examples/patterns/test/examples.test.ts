import type { OrchestrationResult } from '@kaizen-eatp/core';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { describe, expect, it } from 'vitest';
import { main as blackboard, boardOf } from '../src/blackboard.ts';
import { main as consensus } from '../src/consensus.ts';
import { main as debate } from '../src/debate.ts';
import { main as ensemble } from '../src/ensemble.ts';
import { main as handoff } from '../src/handoff.ts';
import { main as parallel } from '../src/parallel.ts';
import { main as router } from '../src/router.ts';
import { main as supervisorWorker } from '../src/supervisor-worker.ts';

const silent = (): void => undefined;
const short = (id: string): string => id.replace(/^agent-/, '');

const grants = (run: OrchestrationResult): string[] =>
  run.delegations.map(
    ({ delegatorId, delegateeId, capabilitiesDelegated, constraintSubset }) =>
      `${short(delegatorId)} → ${short(delegateeId)}: ${[...capabilitiesDelegated, ...constraintSubset].join(', ')}`,
  );
const trail = (run: OrchestrationResult): string[] =>
  run.auditTrail.map(({ agentId, action, result }) => `${short(agentId)} ${action} ${result}`);

async function expectProof(run: OrchestrationResult): Promise<void> {
  expect((await verifyReceipt(await run.receipt())).problems).toEqual([]);
}

describe('the examples of patterns', () => {
  it('parallel: three analysts read one log at once', async () => {
    const run = await parallel(silent);
    // Counted independently, with awk.
    expect(run.result).toEqual({
      busiestClient: '10.0.1.68',
      mostAskedPath: '/health',
      failingPaths: ['/', '/api/items', '/api/orders', '/cart', '/health', '/login', '/static/app.js'],
    });
    expect(grants(run)).toEqual(
      ['clients', 'paths', 'failures', 'briefer'].map((name) => `reader → ${name}: read_logs, read_only`),
    );
    const entries = trail(run);
    expect(entries.slice(1, 4).sort()).toEqual(
      ['clients', 'failures', 'paths'].map((name) => `${name} read_logs success`),
    );
    expect([entries[0], ...entries.slice(4)]).toEqual([
      'reader execute success',
      'briefer read_logs success',
      'reader orchestration_complete success',
    ]);
    await expectProof(run);
  });

  it('supervisor_worker: adds up an access log in parts', async () => {
    const run = await supervisorWorker(silent);
    // Counted independently, with awk.
    expect(run.result).toEqual({
      requests: 400,
      bytes: 3_768_070,
      byStatus: { 200: 324, 304: 34, 404: 26, 500: 16 },
      failed: 0,
    });
    expect(grants(run)).toEqual(
      ['alice', 'bob', 'alice', 'bob'].map((worker) => `supervisor → ${worker}: read_logs, read_only`),
    );
    const entries = trail(run);
    expect(entries.at(0)).toBe('supervisor execute success');
    expect(entries.slice(1, 5).sort()).toEqual([
      'alice read_logs success',
      'alice read_logs success',
      'bob read_logs success',
      'bob read_logs success',
    ]);
    expect(entries.slice(5)).toEqual([
      'supervisor execute success',
      'supervisor orchestration_complete success',
    ]);
    await expectProof(run);
  });

  it('router: finds an agent for each ticket, and says why no agent is allowed to handle the last', async () => {
    const { answered, refused } = await router(silent);
    expect(answered.map(({ result }) => result)).toEqual([
      'T-1: INV-2 should be 5460 cents, refund 455',
      'T-2: E1042 means the session cookie expired in the future; correct the clock',
    ]);
    expect(answered.flatMap(grants)).toEqual([
      'router → billing: settle_invoice',
      'router → support: diagnose',
    ]);
    expect(answered.map((run) => trail(run)[1])).toEqual([
      'billing settle_invoice success',
      'support diagnose success',
    ]);
    expect(refused).toContain("billing (does not hold 'erase_personal_data')");
    for (const run of answered) await expectProof(run);
  });

  it('ensemble: puts three views of the same temperatures together', async () => {
    const run = await ensemble(silent);
    // The slope is that of the least-squares line, computed independently with awk.
    expect(run.result).toEqual({ trend: -0.039, outlierDays: [40, 77], missingDays: [23, 24, 61] });
    expect(grants(run)).toEqual(
      ['trend', 'outliers', 'gaps'].map((expert) => `synthesizer → ${expert}: analyze, consult, read_only`),
    );
    expect(trail(run)).toEqual([
      'trend analyze success',
      'outliers analyze success',
      'gaps analyze success',
      'synthesizer execute success',
      'synthesizer orchestration_complete success',
    ]);
    await expectProof(run);
  });

  it('blackboard: solves the sudoku by contributions alone', async () => {
    const run = await blackboard(silent);
    const { solved, rounds, state } = run.result;
    expect(solved).toBe(true);
    expect(boardOf(state).join('')).toBe(
      '534678912672195348198342567859761423426853791713924856961537284287419635345286179',
    );
    expect(state.contributions).toHaveLength(2 * rounds);
    const given = 'analyze, contribute, blackboard_contribution, blackboard_write_only';
    expect(new Set(grants(run))).toEqual(
      new Set([`controller → naked: ${given}`, `controller → hidden: ${given}`]),
    );
    const contributed = run.auditTrail.filter(({ action }) => action === 'blackboard_contribution');
    expect(
      contributed.map(({ context }) => (context as { details: { iteration: number } }).details.iteration),
    ).toEqual(Array.from({ length: rounds }, (_, i) => [i + 1, i + 1]).flat());
    expect(
      new Set(
        contributed.map(
          ({ context }) => (context as { details: { contribution_type: string } }).details.contribution_type,
        ),
      ),
    ).toEqual(new Set(['naked_singles', 'hidden_singles']));
    await expectProof(run);
  });

  it('consensus: three of four approve, which is the threshold', async () => {
    const run = await consensus(silent);
    expect(run.result).toMatchObject({
      consensusReached: true,
      outcome: 'approved',
      proposal: { next: '2.4.0' },
      tally: { approve: 3, reject: 1, abstain: 0, cast: 4, missing: 0 },
    });
    expect(run.result.votes.map(({ voter, vote }) => `${voter} ${vote}`)).toEqual([
      'tester approve',
      'coverage approve',
      'security reject',
      'size approve',
    ]);
    const voters = ['tester', 'coverage', 'security', 'size'];
    expect(grants(run)).toEqual(voters.map((voter) => `proposer → ${voter}: vote, read_only`));
    expect(trail(run)).toEqual([
      'proposer execute success',
      ...voters.map((voter) => `${voter} vote success`),
      'proposer orchestration_complete success',
    ]);
    await expectProof(run);
  });

  it('debate: two models argue over HTTP, and the facts decide', async () => {
    const lines: string[] = [];
    const run = await debate((line) => lines.push(line));
    expect(run.result).toMatchObject({
      decision: 'for',
      winner: 'alice',
      reasoning: 'facts weigh 9 to 6',
      confidence: 0.6,
    });
    expect(run.result.rounds[0]?.against.argument).toContain('billing has no engineer on call');
    expect(lines[0]).toContain('4 completions');
    expect(grants(run)).toEqual([
      'judge → alice: argue, rebut, read_only',
      'judge → bob: argue, rebut, read_only',
    ]);
    const entries = trail(run);
    expect(entries.slice(0, 4).sort()).toEqual([
      'alice argue success',
      'alice argue success',
      'bob argue success',
      'bob argue success',
    ]);
    expect(entries.slice(4)).toEqual(['judge execute success', 'judge orchestration_complete success']);
    await expectProof(run);
  });

  it('handoff: each claim goes up to the first who may approve it', async () => {
    const runs = await handoff(silent);
    expect(runs.map(({ result }) => result.result)).toEqual([
      { id: 'E-1', approved: 6_170 },
      { id: 'E-2', approved: 211_800 },
      { id: 'E-3', approved: 634_000 },
    ]);
    expect(runs.map(({ result }) => result.path.map(({ agent }) => agent))).toEqual([
      ['clerk'],
      ['clerk', 'manager'],
      ['clerk', 'manager', 'director'],
    ]);
    const [, , last] = runs as [unknown, unknown, OrchestrationResult];
    expect(grants(last)).toEqual(['clerk → manager: approve_expense', 'manager → director: approve_expense']);
    expect(trail(last)).toEqual([
      'clerk execute success',
      'manager approve_expense success',
      'director approve_expense success',
      'director approve_expense success',
      'clerk orchestration_complete success',
    ]);
    for (const run of runs) await expectProof(run);
  });
});
