import { describe, expect, it } from 'vitest';
import { failureOf, world } from './harness.js';

describe('an invalid answer', () => {
  const routed = async (answer: unknown) => {
    const { run } = await world({ router: { agent: () => answer }, alice: { agent: () => 1 } });
    return (await failureOf(run('router', 'hello'))).error;
  };

  it.each([
    [{ capability: 'work', secret: 'x' }, 'got an object with capability, secret (at requiredCapability:'],
    [{}, 'got an object without fields (at requiredCapability:'],
    ['please translate', 'got "please translate" (as a whole: Invalid string'],
    [undefined, 'got undefined (as a whole: Invalid input'],
  ])('is reported by its form and by what is wrong with it: %j', async (answer, wrong) => {
    const { code, message } = await routed(answer);
    expect(code).toBe('ROLE_OUTPUT_INVALID');
    expect(message).toContain(
      "Agent 'router' returned an invalid output for the role of router: expected requiredCapability",
    );
    expect(message).toContain(wrong);
    expect(message).not.toContain("'x'");
  });
});

describe('an input that JSON has no form for', () => {
  const propose = ({ topic }: { topic: { n: bigint } }) => `raise it to ${topic.n}`;
  const voter = { agent: () => ({ vote: 'approve' }) };

  it('reaches the method of a role as it is', async () => {
    const { run } = await world({ proposer: { agent: { run: () => 0, propose } }, voter });
    const { result } = await run('consensus', { n: 7n });
    expect(result).toMatchObject({ proposal: 'raise it to 7', consensusReached: true });
  });

  it('cannot be given to an agent with `run` alone, and the error says so', async () => {
    const { run } = await world({ proposer: { agent: () => 'never asked' }, voter });
    const { error } = await failureOf(run('consensus', { n: 7n }));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toContain(
      'The value cannot be passed to an agent as a string: expected a string, or a value that JSON can represent',
    );
    expect(error.message).toContain('BigInt');
  });
});
