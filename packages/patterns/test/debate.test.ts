import type { DebateResult } from '@kaizen-eatp/patterns';
import { describe, expect, it } from 'vitest';
import { failureOf, grants, steps, world } from './harness.js';

interface Said {
  position: string;
  context: string;
  originalPosition: string;
  opponentArgument: string;
}

const debater = (name: string) => ({
  run: () => 0,
  argue: ({ position, context }: Said) => ({ argument: `${name} is ${position}${context ? ' still' : ''}` }),
  rebut: ({ opponentArgument }: Said) => ({ rebuttal: `${name}: not "${opponentArgument}"`, strength: 1 }),
});
const judge = (decision: unknown, heard: unknown[] = []) => ({
  run: () => 0,
  judge: (sides: unknown) => {
    heard.push(sides);
    return { decision, winner: 'mallory', reasoning: 'so', confidence: '0.9' };
  },
});

describe('debate', () => {
  it('has both sides argue and rebut under delegations from the judge, who decides', async () => {
    const heard: unknown[] = [];
    const { run } = await world({
      alice: { agent: debater('alice') },
      bob: { agent: debater('bob') },
      judge: { agent: judge('For', heard), capabilities: ['argue', 'rebut'] },
    });
    const result = await run('debate', 'tabs', { options: { constraints: ['read_only'] } });
    expect(result.result).toEqual({
      decision: 'for',
      winner: 'alice',
      reasoning: 'so',
      confidence: 0.9,
      rounds: [
        {
          for: { argument: 'alice is for', rebuttal: 'alice: not "bob is against"' },
          against: { argument: 'bob is against', rebuttal: 'bob: not "alice is for"' },
        },
      ],
    });
    expect(heard).toEqual([
      {
        topic: 'tabs',
        proponentArgument: 'alice is for',
        opponentArgument: 'bob is against',
        proponentRebuttal: 'alice: not "bob is against"',
        opponentRebuttal: 'bob: not "alice is for"',
      },
    ]);
    expect(grants(result)).toEqual([
      'judge → alice: argue, rebut [read_only]',
      'judge → bob: argue, rebut [read_only]',
    ]);
    expect(steps(result)).toEqual([
      'alice argue success',
      'bob argue success',
      'alice argue success',
      'bob argue success',
      'judge execute success',
      'judge orchestration_complete success',
    ]);
  });

  it('goes on for as many rounds as asked, each knowing those before', async () => {
    const { run } = await world({
      judge: { agent: judge('tie') },
      alice: { agent: debater('alice') },
      bob: { agent: debater('bob') },
    });
    const { rounds, winner } = (await run('debate', 't', { options: { rounds: 3 } })).result as DebateResult;
    expect(rounds.map((round) => round.for.argument)).toEqual([
      'alice is for',
      'alice is for still',
      'alice is for still',
    ]);
    expect(winner).toBeNull();
  });

  it('takes sides as named', async () => {
    const { run } = await world({
      alice: { agent: debater('alice') },
      bob: { agent: debater('bob') },
      carol: { agent: { ...debater('carol'), ...judge('against') } },
    });
    const options = { judge: 'alice', proponent: 'carol', opponent: 'bob' };
    const { run: other } = await world({
      alice: { agent: judge('against') },
      bob: { agent: debater('bob') },
      carol: { agent: debater('carol') },
    });
    expect(((await other('debate', 't', { options })).result as DebateResult).winner).toBe('bob');
    const byMethod = await run('debate', 't');
    expect(byMethod.delegations[0]?.delegatorId).toBe('agent-carol');
  });

  it('refuses a judge who debates, and fewer than three agents', async () => {
    const cast = {
      alice: { agent: debater('alice') },
      bob: { agent: debater('bob') },
      judge: { agent: judge('for') },
    };
    const { run } = await world(cast);
    for (const options of [
      { judge: 'alice', proponent: 'alice' },
      { judge: 'bob', opponent: 'bob' },
      { proponent: 'alice', opponent: 'alice' },
      { judge: 'nobody' },
    ]) {
      const { error, trace } = await failureOf(run('debate', 't', { options }));
      expect(error.code).toBe('PATTERN_CONTRACT_BROKEN');
      expect(steps(trace)).toHaveLength(1);
    }
    const { alice, bob } = cast;
    const two = await world({ alice, bob });
    for (const { run } of [two, await world({ alice })]) {
      const { error } = await failureOf(run('debate', 't'));
      expect(error.code).toBe('PATTERN_CONTRACT_BROKEN');
      expect(error.message).toContain('too few agents for the part of debater: expected at least 2');
    }
  });

  it('fails when one side fails, after the other has ended', async () => {
    let hasEnded = false;
    const slow = {
      ...debater('bob'),
      argue: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        hasEnded = true;
        return 'at last';
      },
    };
    const failing = {
      ...debater('alice'),
      argue: () => {
        throw new Error('speechless');
      },
    };
    const { run } = await world({
      alice: { agent: failing },
      bob: { agent: slow },
      judge: { agent: judge('for') },
    });
    const { error, trace } = await failureOf(run('debate', 't'));
    expect(error.code).toBe('AGENT_FAILED');
    expect(hasEnded).toBe(true);
    expect(steps(trace)).toEqual([
      'alice execute failure',
      'bob execute success',
      'judge orchestration_failed failure',
    ]);
  });

  it.each(['alice', 'both', undefined, 1])('refuses the decision %s', async (decision) => {
    const { run } = await world({
      alice: { agent: debater('alice') },
      bob: { agent: debater('bob') },
      judge: { agent: judge(decision) },
    });
    const { error } = await failureOf(run('debate', 't'));
    expect(error.code).toBe('ROLE_OUTPUT_INVALID');
    expect(error.message).toContain(
      "Agent 'judge' returned an invalid output for the role of judge: expected decision (for, against, tie)",
    );
  });

  it('works by the field names of Kaizen', async () => {
    const seen: Record<string, unknown>[] = [];
    const plain = (fields: Record<string, unknown>) => {
      seen.push(fields);
      return 'opponent_argument' in fields
        ? { rebuttal: 'no', counterpoints: '[]', strength: '0.5' }
        : { argument: 'yes', key_points: '[]', evidence: 'none' };
    };
    const plainJudge = (fields: Record<string, unknown>) => {
      seen.push(fields);
      return { decision: 'AGAINST', winner: 'opponent', reasoning: 'r', confidence: ' 0.7 ' };
    };
    const { run } = await world({
      alice: { agent: plain },
      bob: { agent: plain },
      judge: { agent: plainJudge },
    });
    expect((await run('debate', 't')).result).toMatchObject({
      decision: 'against',
      winner: 'bob',
      confidence: 0.7,
    });
    expect(seen).toEqual([
      { topic: 't', position: 'for', context: '' },
      { topic: 't', position: 'against', context: '' },
      { topic: 't', original_position: 'for', opponent_argument: 'yes' },
      { topic: 't', original_position: 'against', opponent_argument: 'yes' },
      {
        topic: 't',
        proponent_argument: 'yes',
        opponent_argument: 'yes',
        proponent_rebuttal: 'no',
        opponent_rebuttal: 'no',
      },
    ]);
  });

  it('with strictDelegation needs a judge that holds what it delegates', async () => {
    const cast = (capabilities: string[]) => ({
      alice: { agent: debater('alice') },
      bob: { agent: debater('bob') },
      judge: { agent: judge('for'), capabilities },
    });
    const strict = { strictDelegation: true };
    expect((await (await world(cast(['argue', 'rebut']), strict)).run('debate', 't')).success).toBe(true);
    const { error, trace } = await failureOf((await world(cast([]), strict)).run('debate', 't'));
    expect(error.code).toBe('DELEGATION_REFUSED');
    expect(steps(trace)).toEqual(['judge delegate denied', 'judge orchestration_failed failure']);
  });
});
