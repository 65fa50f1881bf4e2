import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { warnUnenforced } from '../../src/constraints/warn-unenforced.js';

describe('warnUnenforced', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('warns once for each label, with a code and the place', () => {
    const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const [first, second] = [`budget-${randomUUID()}`, `budget-${randomUUID()}`];
    warnUnenforced(first, "agent 'agent-a'");
    warnUnenforced(first, "agent 'agent-b'");
    warnUnenforced(second, "agent 'agent-b'");
    expect(emitted.mock.calls).toEqual([
      [
        expect.stringContaining(`"${first}" of agent 'agent-a'`),
        { type: 'EatpWarning', code: 'EATP_UNENFORCED_CONSTRAINT' },
      ],
      [expect.stringContaining(`"${second}" of agent 'agent-b'`), expect.anything()],
    ]);
  });

  it('does nothing where there is no process', () => {
    vi.stubGlobal('process', undefined);
    try {
      expect(() => warnUnenforced(randomUUID(), 'an agent')).not.toThrow();
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
