import { PatternContractError } from '@kaizen-eatp/core/errors';
import {
  type AgentHandle,
  type DelegationGrant,
  definePattern,
  type PatternExecution,
} from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { chooseAgent, expectAgents, namedAgent } from './choose-agent.js';
import { expectDepth } from './expect-depth.js';
import { givableOrOwnJob } from './givable.js';
import { argue, type Position, rebut } from './roles/debater.js';
import { type Case, judgeDebate } from './roles/judge.js';
import { expectRole } from './roles/play-role.js';

const options = z.strictObject({
  /**
   * The name of the judge, who is not a debater. Default: the first agent whose name contains "judge", else the first
   * with a method `judge`, else the last.
   */
  judge: z.string().optional(),
  /** The name of the debater who argues for. Default: the first agent that is not the judge. */
  proponent: z.string().optional(),
  /** The name of the debater who argues against. Default: the next one. */
  opponent: z.string().optional(),
  /** How many rounds there are, each with an argument and a rebuttal of both sides. Default: 1. */
  rounds: z.int().positive().default(1),
  /** Constraints that are added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

/** Options of `debate`. */
export type DebateOptions = z.input<typeof options>;

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    debate: DebateOptions;
  }
  interface PatternResults {
    /** The judge's decision, and the arguments it is about. */
    debate: DebateResult;
  }
}

/** The arguments and rebuttals of one round. */
export interface DebateRound {
  /** The side of the proponent. */
  readonly for: { readonly argument: string; readonly rebuttal: string };
  /** The side of the opponent. */
  readonly against: { readonly argument: string; readonly rebuttal: string };
}

/** The result of `debate`. */
export interface DebateResult {
  /** The side that the judge decided for. */
  readonly decision: 'for' | 'against' | 'tie';
  /** The name of the debater who won; null for a tie. */
  readonly winner: string | null;
  /** The judge's reason, if it gave one. */
  readonly reasoning: string | undefined;
  /** How sure the judge is, on the judge's own scale. */
  readonly confidence: number | undefined;
  /** The rounds, in order. */
  readonly rounds: readonly DebateRound[];
}

/**
 * Two positions, rounds of argument and rebuttal, and a judge who is not a debater. The judge leads: it delegates
 * `argue` and `rebut` to both sides (`execute` where it can give neither), so that neither side acts under the other's
 * limits. Both arguments of a round are made concurrently, and so are both rebuttals.
 *
 * A debate needs both sides: if one fails, the run fails once the other has ended.
 *
 * @returns {@link DebateResult}.
 */
export const debate = definePattern({
  name: 'debate',
  options,
  async execute(execution): Promise<DebateResult> {
    const { options } = execution;
    const { judge, sides } = partsOf(execution.agents, options);
    expectDepth(execution, 'debate', 1);
    const capabilities = await givableOrOwnJob(execution, judge, ['argue', 'rebut']);
    const how = { capabilities, constraints: options.constraints };
    const grants = {
      for: await execution.delegate(judge, sides.for, how),
      against: await execution.delegate(judge, sides.against, how),
    };
    const rounds: DebateRound[] = [];
    for (let round = 0; round < options.rounds; round++)
      rounds.push(await playRound(execution, grants, rounds));
    const { decision, reasoning, confidence } = await judgeDebate(execution, judge, caseOf(rounds));
    const winner = decision === 'tie' ? null : sides[decision].name;
    return { decision, winner, reasoning, confidence, rounds };
  },
});

type Sides<Item> = Readonly<Record<Position, Item>>;

function partsOf(agents: readonly AgentHandle[], given: z.output<typeof options>) {
  const proponent = namedAgent(agents, given.proponent);
  const opponent = namedAgent(agents, given.opponent);
  const free = agents.filter((agent) => agent !== proponent && agent !== opponent);
  const judge =
    namedAgent(agents, given.judge) ?? chooseAgent(free, { word: 'judge', method: 'judge' }) ?? free.at(-1);
  const others = free.filter((agent) => agent !== judge);
  const sides = { for: proponent ?? others.shift(), against: opponent ?? others.shift() };
  if (
    judge &&
    (judge === sides.for || judge === sides.against || (sides.for && sides.for === sides.against))
  ) {
    throw new PatternContractError("Pattern 'debate' has one agent for two parts", {
      expected: 'a judge and two debaters, three different agents',
      received: `judge ${judge.name}, for ${sides.for?.name ?? 'no agent'}, against ${sides.against?.name ?? 'no agent'}`,
      remedy: 'Name three agents as judge, proponent and opponent.',
    });
  }
  const debaters = [sides.for, sides.against].filter((agent) => agent !== undefined);
  expectAgents('debate', 'debater', debaters, 2);
  expectAgents('debate', 'judge', judge ? [judge] : []);
  for (const debater of debaters) expectRole(debater, 'argue', 'rebut');
  return { judge: judge as AgentHandle, sides: sides as Sides<AgentHandle> };
}

async function playRound(
  execution: PatternExecution,
  grants: Sides<DelegationGrant>,
  before: readonly DebateRound[],
): Promise<DebateRound> {
  const context = before.length === 0 ? '' : JSON.stringify(before);
  const argued = await both((position) => {
    const delegation = grants[position];
    return argue(execution, delegation.to, { position, context }, { delegation });
  });
  const rebutted = await both((position) => {
    const delegation = grants[position];
    const opponentArgument = argued[position === 'for' ? 'against' : 'for'].text;
    return rebut(execution, delegation.to, { position, opponentArgument }, { delegation });
  });
  return {
    for: { argument: argued.for.text, rebuttal: rebutted.for.text },
    against: { argument: argued.against.text, rebuttal: rebutted.against.text },
  };
}

/** Lets both sides work concurrently. The failure of one is thrown when the other has ended. */
async function both<Value>(work: (position: Position) => Promise<Value>): Promise<Sides<Value>> {
  const [first, second] = await Promise.allSettled([work('for'), work('against')]);
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
  return { for: first.value, against: second.value };
}

function caseOf(rounds: readonly DebateRound[]): Case {
  const all = (said: (round: DebateRound) => string): string => rounds.map(said).join('\n\n');
  return {
    proponentArgument: all((round) => round.for.argument),
    opponentArgument: all((round) => round.against.argument),
    proponentRebuttal: all((round) => round.for.rebuttal),
    opponentRebuttal: all((round) => round.against.rebuttal),
  };
}
