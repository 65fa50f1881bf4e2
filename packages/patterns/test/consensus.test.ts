import { AllAgentsFailedError, type ConsensusOptions, type ConsensusResult } from '@kaizen-eatp/patterns';
import { describe, expect, it } from 'vitest';
import { failureOf, grants, steps, world } from './harness.js';

const proposer = {
  run: () => 0,
  propose: ({ topic }: { topic: string }) => ({ proposal: `do ${topic}`, rationale: 'why not' }),
};
const voter = (vote: unknown) => ({
  run: () => 0,
  vote: () => ({ vote, reasoning: 'so', confidence: '0.5' }),
});
const broken = {
  run: () => 0,
  vote: () => {
    throw new Error('asleep');
  },
};

async function election(votes: readonly unknown[], options: ConsensusOptions = {}): Promise<ConsensusResult> {
  const voters = votes.map((vote, i) => [`v${i}`, { agent: vote === null ? broken : voter(vote) }] as const);
  const { run } = await world({ proposer: { agent: proposer }, ...Object.fromEntries(voters) });
  return (await run('consensus', 'it', { options })).result as ConsensusResult;
}

describe('consensus', () => {
  it('proposes, votes in parallel under a delegation, and tallies', async () => {
    const { run } = await world({
      proposer: { agent: proposer, capabilities: ['vote'] },
      alice: { agent: voter('approve') },
      bob: { agent: voter(' Reject ') },
      mallory: { agent: voter('APPROVE') },
    });
    const result = await run('consensus', 'it', { options: { constraints: ['read_only'] } });
    expect(result.result).toEqual({
      proposal: 'do it',
      rationale: 'why not',
      consensusReached: true,
      outcome: 'approved',
      finalDecision: 'approved',
      voteSummary: '2 approve, 1 reject, 0 abstain, 0 did not vote',
      tally: { approve: 2, reject: 1, abstain: 0, cast: 3, missing: 0 },
      votes: [
        { voter: 'alice', vote: 'approve', reasoning: 'so', confidence: 0.5 },
        { voter: 'bob', vote: 'reject', reasoning: 'so', confidence: 0.5 },
        { voter: 'mallory', vote: 'approve', reasoning: 'so', confidence: 0.5 },
      ],
      failures: [],
    });
    expect(grants(result)).toEqual(
      ['alice', 'bob', 'mallory'].map((name) => `proposer → ${name}: vote [read_only]`),
    );
    expect(steps(result)).toEqual([
      'proposer execute success',
      'alice vote success',
      'bob vote success',
      'mallory vote success',
      'proposer orchestration_complete success',
    ]);
  });

  const A = 'approve';
  const R = 'reject';
  const X = 'abstain';
  const many = <Vote>(vote: Vote, count: number): Vote[] => Array<Vote>(count).fill(vote);
  it.each([
    ['a tie is no majority', [A, R], {}, 'rejected'],
    ['an abstention counts for the quorum only', [A, X, X], { quorum: 1 }, 'approved'],
    ['only abstentions approve nothing', [X, X], {}, 'rejected'],
    ['half of the voters are a quorum', [A, null], {}, 'approved'],
    ['fewer are not', [A, null, null], {}, 'no_quorum'],
    ['a quorum of all', [A, A, null], { quorum: 1 }, 'no_quorum'],
    ['a threshold that is met', [A, A, R], { threshold: 0.66 }, 'approved'],
    ['a threshold that is missed', [A, A, R], { threshold: 0.67 }, 'rejected'],
    ['a threshold that is met exactly', [...many(A, 14), ...many(R, 11)], { threshold: 0.56 }, 'approved'],
    ['one vote less misses it', [...many(A, 13), ...many(R, 12)], { threshold: 0.56 }, 'rejected'],
    ['a quorum that is met exactly', [...many(A, 14), ...many(null, 11)], { quorum: 0.56 }, 'approved'],
    ['one vote less is none', [...many(A, 13), ...many(null, 12)], { quorum: 0.56 }, 'no_quorum'],
    ['a low threshold is no way round the majority', [A, R, R], { threshold: 0.1 }, 'rejected'],
  ] as const)('%s', async (_, votes, options, outcome) => {
    const result = await election(votes, options);
    expect(result.outcome).toBe(outcome);
    expect(result.consensusReached).toBe(outcome === 'approved');
  });

  it('counts a voter that fails, or says no vote, as one that has not voted, and records it', async () => {
    const { run } = await world({
      proposer: { agent: proposer },
      alice: { agent: voter('approve') },
      bob: { agent: broken },
      mallory: { agent: voter('approve twice') },
    });
    const result = await run('consensus', 'it');
    const { tally, failures } = result.result as ConsensusResult;
    expect(tally).toEqual({ approve: 1, reject: 0, abstain: 0, cast: 1, missing: 2 });
    expect(failures).toMatchObject([
      { agent: 'bob', code: 'AGENT_FAILED' },
      { agent: 'mallory', code: 'ROLE_OUTPUT_INVALID' },
    ]);
    expect(steps(result)).toEqual(
      expect.arrayContaining(['bob execute failure', 'proposer execute failure']),
    );
  });

  it('fails when no voter votes', async () => {
    const { run } = await world({ proposer: { agent: proposer }, alice: { agent: broken } });
    expect((await failureOf(run('consensus', 'it'))).error).toBeInstanceOf(AllAgentsFailedError);
  });

  it('lets an aggregator word the decision and withhold consensus, but not invent it', async () => {
    const decide = async (claim: unknown, vote: string) => {
      const aggregator = {
        run: () => 0,
        aggregateVotes: () => ({ consensusReached: claim, finalDecision: 'as I say', voteSummary: 's' }),
      };
      const { run } = await world({
        proposer: { agent: proposer, capabilities: ['aggregate_votes'] },
        aggregator: { agent: aggregator },
        alice: { agent: voter(vote) },
      });
      return run('consensus', 'it');
    };
    const yes = await decide('YES', 'approve');
    expect(yes.result).toMatchObject({ consensusReached: true, finalDecision: 'as I say', voteSummary: 's' });
    expect(grants(yes)).toEqual(['proposer → alice: execute', 'proposer → aggregator: aggregate_votes']);
    expect((await decide('no', 'approve')).result).toMatchObject({
      consensusReached: false,
      outcome: 'approved',
    });
    expect((await decide(true, 'reject')).result).toMatchObject({
      consensusReached: false,
      outcome: 'rejected',
    });
  });

  it('does not ask the aggregator without a quorum', async () => {
    const aggregator = { run: () => 0, aggregateVotes: () => ({ consensusReached: true }) };
    const { run } = await world({
      proposer: { agent: proposer },
      aggregator: { agent: aggregator },
      alice: { agent: voter('approve') },
      bob: { agent: broken },
    });
    const result = await run('consensus', 'it', { options: { quorum: 0.9 } });
    expect(result.result).toMatchObject({ outcome: 'no_quorum', consensusReached: false });
    expect(steps(result).filter((step) => step.startsWith('aggregator'))).toEqual([]);
  });

  it('works by the field names of Kaizen', async () => {
    const seen: unknown[] = [];
    const plain = (answer: unknown) => (fields: unknown) => {
      seen.push(fields);
      return answer;
    };
    const { run } = await world({
      proposer: { agent: plain({ proposal: 'p', rationale: 'r' }) },
      alice: { agent: plain('{"vote": "Approve", "confidence": 1}'), capabilities: ['law'] },
      aggregator: { agent: plain({ consensus_reached: 'yes', final_decision: 'go', vote_summary: '1:0' }) },
    });
    const { result } = await run('consensus', { n: 1 }, { options: { context: 'c' } });
    expect(result).toMatchObject({ consensusReached: true, finalDecision: 'go', voteSummary: '1:0' });
    expect(seen).toEqual([
      { topic: '{"n":1}', context: 'c' },
      { proposal: 'p', voter_perspective: 'alice (law)' },
      { votes: '[{"voter":"alice","vote":"approve","confidence":1}]', proposal: 'p' },
    ]);
  });

  it('with strictDelegation needs a proposer that holds vote', async () => {
    const cast = (capabilities: string[]) => ({
      proposer: { agent: proposer, capabilities },
      alice: { agent: voter('approve') },
    });
    const strict = { strictDelegation: true };
    expect(grants(await (await world(cast(['vote']), strict)).run('consensus', 'it'))).toEqual([
      'proposer → alice: vote',
    ]);
    const { error } = await failureOf((await world(cast([]), strict)).run('consensus', 'it'));
    expect((error as AllAgentsFailedError).failures).toMatchObject([{ code: 'DELEGATION_REFUSED' }]);
  });

  it('refuses a quorum or a threshold that is no share', async () => {
    await expect(election(['approve'], { quorum: 0 })).rejects.toMatchObject({
      code: 'INVALID_PATTERN_OPTIONS',
    });
    await expect(election(['approve'], { threshold: 60 })).rejects.toMatchObject({
      code: 'INVALID_PATTERN_OPTIONS',
    });
  });
});
