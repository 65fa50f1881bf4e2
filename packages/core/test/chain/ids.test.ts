import { agentIdFor, derivedCapabilityId, newId } from '@kaizen-eatp/core/records';
import { describe, expect, it } from 'vitest';

const UUID4 = /^[a-z]+-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('ids', () => {
  it('are a prefix and a UUIDv4', () => {
    expect(newId('gen')).toMatch(UUID4);
    expect(newId('del')).toMatch(/^del-/);
    expect(newId('cap')).not.toBe(newId('cap'));
  });

  it('of an agent are made from its name', () => {
    expect(agentIdFor('bob')).toBe('agent-bob');
  });
});

describe('derivedCapabilityId', () => {
  it('is always the same for the same delegation and capability', () => {
    expect(derivedCapabilityId('del-1', 'read')).toBe(derivedCapabilityId('del-1', 'read'));
    expect(derivedCapabilityId('del-1', 'read')).not.toBe(derivedCapabilityId('del-1', 'write'));
    expect(derivedCapabilityId('del-1', 'read')).not.toBe(derivedCapabilityId('del-2', 'read'));
  });

  it('has the form of a UUIDv4 for whatever it is made from', () => {
    const ids = Array.from({ length: 200 }, (_, i) => derivedCapabilityId(`del-${i}`, 'é*'));
    for (const id of ids) expect(id).toMatch(UUID4);
    expect(new Set(ids).size).toBe(200);
  });
});
