import type { PatternConformanceSetup, RolePlayer } from '@kaizen-eatp/testing';

/** The setup of a pattern, for the conformance suite and for the matrix. */
export type PatternSetup = PatternConformanceSetup & {
  readonly agents: Readonly<Record<string, RolePlayer>>;
  /** An agent that is called, but does not lead: the one to whom things happen in the matrix. */
  readonly victim: string;
};

type Fields = Readonly<Record<string, string>>;

/** Repeats what it was given, under its name. */
const echo = (name: string): RolePlayer => ({ run: (given: unknown) => ({ by: name, given }) });

const echoes = (...names: readonly string[]): Record<string, RolePlayer> =>
  Object.fromEntries(names.map((name) => [name, echo(name)]));

const worker = (name: string): RolePlayer => ({
  run: ({ task_description }: Fields) => ({ result: `${name} did ${task_description}`, status: 'completed' }),
});

const supervisor: RolePlayer = {
  run: ({ request, task_results }: Fields) =>
    task_results === undefined
      ? { tasks: JSON.stringify([`${request} part one`, `${request} part two`]), delegation_plan: 'one each' }
      : { final_result: task_results, summary: 'all parts' },
};

const expert = (name: string): RolePlayer => ({
  capabilities: ['analyze', 'consult'],
  run: (given: unknown) => ({ view: `${name} looked`, given }),
});

const synthesizer: RolePlayer = {
  capabilities: ['analyze', 'consult'],
  run: ({ perspectives, failures }: Fields) => ({ perspectives, failures }),
};

/** Asks for each specialist in turn, and is content with what came of it, if anything did. */
const controller: RolePlayer = {
  capabilities: ['work'],
  run: ({ blackboard, iteration }: Fields) => {
    const { contributions } = JSON.parse(blackboard as string) as { contributions: unknown[] };
    if (Number(iteration) > 2 && contributions.length > 0)
      return { is_complete: 'yes', reason: 'everyone was asked' };
    return {
      is_complete: 'no',
      next_needed_capability: Number(iteration) % 2 === 1 ? 'analyze' : 'validate',
    };
  },
};

const specialist = (name: string, capability: string): RolePlayer => ({
  capabilities: [capability, 'blackboard_contribution'],
  run: ({ blackboard }: Fields) => ({
    type: capability,
    insight: `${name} saw ${JSON.stringify(JSON.parse(blackboard as string).input)}`,
  }),
});

const voter = (name: string): RolePlayer => ({
  run: ({ proposal }: Fields) => ({
    vote: 'approve',
    reasoning: `${name} likes ${proposal}`,
    confidence: 0.9,
  }),
});

const debater = (name: string): RolePlayer => ({
  run: ({ topic, position, opponent_argument }: Fields) =>
    opponent_argument === undefined
      ? { argument: `${name} is ${position} ${topic}`, key_points: '[]', evidence: 'none' }
      : { rebuttal: `${name} doubts: ${opponent_argument}`, counterpoints: '[]', strength: 'weak' },
});

const tier = (name: string, canHandle: 'yes' | 'no'): RolePlayer => ({
  run: ({ task, context }: Fields) =>
    JSON.parse(context as string).stage === 'evaluate'
      ? {
          can_handle: canHandle,
          complexity_score: 1,
          reasoning: `${name} says ${canHandle}`,
          requires_tier: '',
        }
      : { result: `${name} did ${task}`, confidence: 1, execution_metadata: '{}' },
});

const cast = (make: (name: string) => RolePlayer, ...names: readonly string[]): Record<string, RolePlayer> =>
  Object.fromEntries(names.map((name) => [name, make(name)]));

/** A constraint that nothing enforces, in the options of a setup: each delegation must have it. */
const LABEL = 'kit_label';
const options = { constraints: [LABEL] };

/** The same agents, with more that they declare. */
const each = (
  agents: Readonly<Record<string, RolePlayer>>,
  more: Omit<RolePlayer, 'run' | 'capabilities'>,
): Record<string, RolePlayer> =>
  Object.fromEntries(Object.entries(agents).map(([name, player]) => [name, { ...player, ...more }]));

const labelled = (agents: Readonly<Record<string, RolePlayer>>) =>
  each(agents, { addedConstraints: [LABEL] });
/** The pattern delegates to them what they do not hold, and so they act as `execute`. */
const ownJob = (agents: Readonly<Record<string, RolePlayer>>) =>
  each(agents, { addedConstraints: [LABEL], actions: ['execute'] });

const failureDetails = ['event', 'agent', 'code'];

/** By pattern name, one or several. A pattern that is not here fails the conformance test. */
export const patternSetups: Readonly<Record<string, readonly [PatternSetup, ...PatternSetup[]]>> = {
  sequential: [
    {
      agents: labelled(echoes('first', 'second', 'third')),
      victim: 'second',
      options,
      otherOptions: {},
    },
  ],
  parallel: [
    {
      agents: labelled(echoes('source', 'left', 'right', 'sink')),
      victim: 'left',
      options,
      otherOptions: { sink: null },
      details: failureDetails,
    },
    {
      agents: echoes('source', 'left', 'right', 'sink'),
      victim: 'left',
      options: { onFailure: 'collect' },
      otherOptions: { onFailure: 'fail' },
      tolerates: { agents: ['left', 'right'] },
      details: failureDetails,
    },
  ],
  supervisor_worker: [
    {
      agents: {
        supervisor: { ...supervisor, calls: 2 },
        ...each(cast(worker, 'worker_one', 'worker_two'), { addedConstraints: [LABEL], calls: [0, 2] }),
      },
      victim: 'worker_one',
      options,
      otherOptions: { concurrency: 1 },
      tolerates: { agents: ['worker_one', 'worker_two'] },
      details: ['event', 'agent'],
      errors: ['ALL_AGENTS_FAILED'],
    },
  ],
  router: [
    {
      agents: {
        router: { run: () => ({ required_capability: 'translate' }) },
        summarizer: { ...echo('summarizer'), capabilities: ['summarize'] },
        translator: { ...echo('translator'), capabilities: ['translate'], addedConstraints: [LABEL] },
      },
      idle: ['summarizer'],
      victim: 'translator',
      options,
      otherOptions: {},
    },
  ],
  ensemble: [
    {
      agents: {
        ...each(cast(expert, 'expert_one', 'expert_two'), { addedConstraints: [LABEL], spare: ['consult'] }),
        synthesizer,
      },
      leader: 'synthesizer',
      victim: 'expert_one',
      options,
      otherOptions: { capabilities: ['consult'] },
      tolerates: { agents: ['expert_one', 'expert_two'] },
      details: failureDetails,
      errors: ['ALL_AGENTS_FAILED'],
    },
  ],
  blackboard: [
    {
      agents: {
        controller: { ...controller, calls: [3, 10] },
        ...each(
          { analyst: specialist('analyst', 'analyze'), validator: specialist('validator', 'validate') },
          {
            addedConstraints: [LABEL, 'blackboard_write_only'],
            actions: ['execute', 'blackboard_contribution'],
            calls: [1, 5],
          },
        ),
      },
      victim: 'analyst',
      options,
      otherOptions: { rounds: 1 },
      // A run without any contribution ends in a separate way, which the result explains.
      tolerates: { agents: ['analyst', 'validator'], all: true },
      details: ['event', 'code', 'iteration', 'contribution_type', 'specialist', 'considered'],
    },
  ],
  consensus: [
    {
      agents: {
        proposer: { run: ({ topic }: Fields) => ({ proposal: `do ${topic}`, rationale: 'it helps' }) },
        ...ownJob(cast(voter, 'voter_one', 'voter_two')),
        ...ownJob({
          aggregator: {
            run: () => ({ consensus_reached: 'yes', final_decision: 'done', vote_summary: 'two of two' }),
          },
        }),
      },
      victim: 'voter_one',
      options,
      otherOptions: { aggregator: null },
      tolerates: { agents: ['voter_one', 'voter_two'] },
      details: failureDetails,
      errors: ['ALL_AGENTS_FAILED'],
    },
  ],
  debate: [
    {
      agents: {
        ...each(cast(debater, 'proponent', 'opponent'), {
          addedConstraints: [LABEL],
          actions: ['execute'],
          calls: 2,
        }),
        judge: {
          run: () => ({ decision: 'for', winner: 'proponent', reasoning: 'it was louder', confidence: 0.6 }),
        },
      },
      leader: 'judge',
      victim: 'proponent',
      options,
      otherOptions: { rounds: 2 },
    },
  ],
  handoff: [
    {
      agents: {
        first_tier: tier('first_tier', 'no'),
        second_tier: { ...tier('second_tier', 'yes'), addedConstraints: [LABEL], calls: 2 },
      },
      victim: 'second_tier',
      options,
      otherOptions: { tiers: ['second_tier'] },
    },
  ],
};
