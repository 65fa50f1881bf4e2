import { PatternContractError } from '@kaizen-eatp/core/errors';
import {
  type AgentHandle,
  type DelegationGrant,
  definePattern,
  type PatternExecution,
} from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { chooseAgent, expectAgents, namedAgent } from './choose-agent.js';
import { givableOrOwnJob } from './givable.js';
import { argue, type Position, rebut } from './roles/debater.js';
import { type Case, judgeDebate } from './roles/judge.js';
import { expectRole } from './roles/play-role.js';

const options = z.strictObject({
  /** By name. Default: the first called so, else the first with `judge`, else the last agent. Never a debater. */
  judge: z.string().optional(),
  /** Who argues for, by name. Default: the first that is not the judge. */
  proponent: z.string().optional(),
  /** Who argues against, by name. Default: the next. */
  opponent: z.string().optional(),
  /** Of argument and rebuttal each. Default: 1. */
  rounds: z.int().positive().default(1),
  /** Added to every delegation. Default: none. */
  constraints: z.array(z.string()).default([]),
});

export type DebateOptions = z.input<typeof options>;

declare module '@kaizen-eatp/core/plugin' {
  interface PatternOptions {
    debate: DebateOptions;
  }
  interface PatternResults {
    debate: DebateResult;
  }
}

/** What was said in one round. */
export interface DebateRound {
  readonly for: { readonly argument: string; readonly rebuttal: string };
  readonly against: { readonly argument: string; readonly rebuttal: string };
}

export interface DebateResult {
  readonly decision: 'for' | 'against' | 'tie';
  /** The name of the debater whose side the decision takes; null for a tie. */
  readonly winner: string | null;
  readonly reasoning: string | undefined;
  readonly confidence: number | undefined;
  readonly rounds: readonly DebateRound[];
}

/**
 * Two positions, rounds of argument and rebuttal, and a judge who is not a debater. The judge leads: it delegates
 * `argue` and `rebut` to both sides alike (`execute` if it may not hand these on), so that neither acts under the
 * other's limits. Arguments of a round are made at the same time, and so are rebuttals.
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
      received: `judge ${judge.name}, for ${sides.for?.name ?? 'nobody'}, against ${sides.against?.name ?? 'nobody'}`,
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

/** Both sides at once; one's failure is only thrown once the other has ended. */
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
