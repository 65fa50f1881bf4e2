import { OrchestrationRuntime, TrustedAgent, type TrustOperations } from '@kaizen-eatp/core';
import type {
  Ballot,
  BlackboardController,
  BlackboardSpecialist,
  Debater,
  HandoffTier,
  Judge,
  Proposer,
  Router,
  Supervisor,
  Synthesizer,
  Vote,
  VoteAggregator,
  Voter,
  Worker,
} from '@kaizen-eatp/patterns';
import { describe, expectTypeOf, it } from 'vitest';

declare const trust: TrustOperations;
const run = (): undefined => undefined;

describe('an agent', () => {
  it('may be written out with the methods of its roles', () => {
    new TrustedAgent({ name: 'alice', trust, agent: { run, vote: () => ({ vote: 'approve' }) } });
    new OrchestrationRuntime({ agents: { alice: { run, route: () => 'translate' } }, patterns: [] });
    // @ts-expect-error a method of a role is not enough
    new TrustedAgent({ name: 'alice', trust, agent: { vote: () => ({ vote: 'approve' }) } });
    // @ts-expect-error nothing to run
    new TrustedAgent({ name: 'alice', trust, agent: 'alice' });
  });

  it('may be of a class of its own', () => {
    class Careful implements Voter {
      run = run;
      async vote({ proposal, voterPerspective }: Ballot): Promise<Vote> {
        expectTypeOf(proposal).toBeUnknown();
        expectTypeOf(voterPerspective).toBeString();
        return { vote: 'reject', reasoning: 'too soon' };
      }
    }
    new TrustedAgent({ name: 'alice', trust, agent: new Careful() });
  });
});

describe('roles', () => {
  it('say what a method gets and may answer', () => {
    void ({
      decomposeTask: (task) => [{ input: task, requiredCapabilities: ['count'] }, 'the rest'],
      aggregateResults: ({ workerResults, failures }) => [workerResults[0]?.result, failures[0]?.code],
    } satisfies Supervisor);
    void ({ executeTask: (input) => input } satisfies Worker);
    void ({ route: () => ({ requiredCapability: 'translate' }) } satisfies Router);
    void ({ synthesize: ({ results }) => results.map(({ expertId }) => expertId) } satisfies Synthesizer);
    void ({
      selectSpecialist: ({ state, round }) =>
        round > 2 ? { solved: true, reason: `${state.contributions.length}` } : { specialists: ['bob'] },
    } satisfies BlackboardController);
    void ({ contribute: ({ state }) => ({ type: 'idea', of: state.input }) } satisfies BlackboardSpecialist);
    void ({ propose: ({ topic }) => ({ proposal: topic, rationale: 'why not' }) } satisfies Proposer);
    void ({
      aggregateVotes: ({ votes }) => ({ consensusReached: votes.length > 2 }),
    } satisfies VoteAggregator);
    void ({
      argue: ({ position }) => ({ argument: `I am ${position} it`, keyPoints: [] }),
      rebut: async ({ opponentArgument }) => `no: ${opponentArgument}`,
    } satisfies Debater);
    void ({
      judge: ({ proponentArgument }) => ({ decision: proponentArgument ? 'for' : 'tie' }),
    } satisfies Judge);
    void ({ evaluateTask: () => ({ canHandle: false, requiresTier: 3 }) } satisfies HandoffTier);
    void ({
      evaluateTask: ({ tierLevel }) => ({ canHandle: tierLevel > 1 }),
      executeTask: ({ task }) => task,
    } satisfies HandoffTier);
  });

  it('reject what a pattern would refuse', () => {
    // @ts-expect-error no such vote
    void ({ vote: () => ({ vote: 'maybe' }) } satisfies Voter);
    // @ts-expect-error no such decision
    void ({ judge: () => ({ decision: 'both' }) } satisfies Judge);
    // @ts-expect-error half of the role
    void ({ decomposeTask: () => ['all of it'] } satisfies Supervisor);
    // @ts-expect-error half of the role
    void ({ argue: () => 'because' } satisfies Debater);
    // @ts-expect-error a capability is a name
    void ({ route: () => 7 } satisfies Router);
    // @ts-expect-error nothing contributed
    void ({ contribute: () => undefined } satisfies BlackboardSpecialist);
    // @ts-expect-error says neither yes nor no
    void ({ evaluateTask: () => ({ reasoning: 'hm' }) } satisfies HandoffTier);
  });
});
