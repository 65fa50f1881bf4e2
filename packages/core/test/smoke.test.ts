import { expect, it } from 'vitest';
import { canonicalJson } from '@kaizen-eatp/core';
it('x', () => expect(canonicalJson({ a: 1 })).toBe('{"a":1}'));
