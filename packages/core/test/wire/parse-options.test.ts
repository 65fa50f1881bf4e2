import { InvalidArgumentError } from '@kaizen-eatp/core/errors';
import { parseOptions } from '@kaizen-eatp/core/plugin';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

class Handle {
  calls = 0;
  use(): void {
    this.calls += 1;
  }
}

const schema = z.strictObject({
  name: z.string(),
  count: z.int().min(1).optional(),
  level: z.enum(['low', 'high']).default('low'),
  tags: z.array(z.string()).optional(),
  parts: z
    .array(z.union([z.string(), z.strictObject({ id: z.string(), notes: z.array(z.string()).optional() })]))
    .optional(),
  keys: z.record(z.string(), z.string()).optional(),
  inner: z.strictObject({ flag: z.boolean().nullable() }).optional(),
  handle: z.custom<Handle>((value) => value instanceof Handle, 'a Handle').optional(),
});
const parse = (given: unknown) => parseOptions(schema, given, 'build()');
const refusal = (given: unknown): InvalidArgumentError => {
  try {
    parse(given);
  } catch (error) {
    return error as InvalidArgumentError;
  }
  throw new Error('it was expected to be refused');
};

describe('parseOptions', () => {
  it('returns a deeply frozen copy that later changes do not reach', () => {
    const given = {
      name: 'n',
      tags: ['a'],
      parts: ['p', { id: 'i', notes: ['x'] }],
      keys: { k: 'v' },
      inner: { flag: null },
    };
    const parsed = parse(given);
    expect(parsed).toEqual({ ...given, level: 'low' });
    given.tags.push('b');
    (given.parts[1] as { notes: string[] }).notes.push('y');
    given.keys.k = 'w';
    expect(parsed).toMatchObject({ tags: ['a'], parts: ['p', { id: 'i', notes: ['x'] }], keys: { k: 'v' } });
    const held = [parsed, parsed.tags, parsed.parts, parsed.parts?.[1], parsed.keys, parsed.inner];
    expect(held.every(Object.isFrozen)).toBe(true);
    expect(parsed.parts?.[1]).toSatisfy(({ notes }) => Object.isFrozen(notes));
  });

  it('passes handles by identity, and does not freeze them', () => {
    const handle = new Handle();
    expect(parse({ name: 'n', handle }).handle).toBe(handle);
    handle.use();
    expect(handle.calls).toBe(1);
  });

  it('calls a getter once, on the object that was passed', () => {
    let reads = 0;
    const given = {
      secret: undefined,
      get name() {
        reads += 1;
        return `${Object.keys(this).length} ${reads}`;
      },
    };
    Object.defineProperty(given, 'secret', { enumerable: false });
    expect(parse(given).name).toBe('1 1');
  });

  it.each<[string, unknown, string]>([
    ['no object', undefined, 'The options of build() are invalid: expected a plain object, got undefined.'],
    [
      'an object of a class',
      new Handle(),
      'The options of build() are invalid: expected a plain object, got an object of type Handle.',
    ],
    ['a missing option', {}, '`name` of build() is missing: expected a string, got undefined. Pass it.'],
    [
      'another kind',
      { name: 5 },
      '`name` of build() is invalid: expected a string, got number 5. Correct it.',
    ],
    [
      'a boxed string',
      { name: Object('n') },
      '`name` of build() is invalid: expected a string, got an object of type String.',
    ],
    [
      'a number out of range',
      { name: 'n', count: 0 },
      '`count` of build() is invalid: expected a number of at least 1, got number 0. Correct it, or omit it.',
    ],
    [
      'a fraction',
      { name: 'n', count: 1.5 },
      '`count` of build() is invalid: expected a whole number, got number 1.5.',
    ],
    [
      'null for an option',
      { name: 'n', count: null },
      '`count` of build() is invalid: expected a number, got null.',
    ],
    [
      'a value that is none of several',
      { name: 'n', level: 'mid' },
      '`level` of build() is invalid: expected one of low, high, got "mid".',
    ],
    [
      'a string for a list',
      { name: 'n', tags: 'a' },
      '`tags` of build() is invalid: expected an array, got "a".',
    ],
    [
      'a hole in a list',
      { name: 'n', tags: new Array(1) },
      '`tags[0]` of build() is missing: expected a string, got undefined.',
    ],
    [
      'a very long list',
      { name: 'n', tags: new Array(1e6) },
      '`tags` of build() is too long: expected at most 100000 elements, got 1000000.',
    ],
    [
      'a number in a union',
      { name: 'n', parts: [5] },
      '`parts[0]` of build() is invalid: expected a string, got number 5.',
    ],
    [
      'a wrong object in a union',
      { name: 'n', parts: [{ id: 5 }] },
      '`parts[0].id` of build() is invalid: expected a string, got number 5.',
    ],
    [
      'a nested object of a class',
      { name: 'n', inner: new Handle() },
      '`inner` of build() is invalid: expected a plain object, got an object of type Handle.',
    ],
    [
      'a wrong handle',
      { name: 'n', handle: {} },
      '`handle` of build() is invalid: expected a Handle, got an object of type Object.',
    ],
    [
      'a misspelt name',
      { nam: 'n' },
      "There is no option 'nam' of build(): expected name, count, level, tags, parts, keys, inner, handle, got \"nam\". If you meant 'name', write that; otherwise omit it.",
    ],
    ['a strange name', { zzzzzz: 1 }, 'Correct it, or omit it.'],
    [
      'a misspelt name inside',
      { name: 'n', parts: [{ id: 'i', note: [] }] },
      'There is no option \'note\' in `parts[0]` of build(): expected id, notes, got "note".',
    ],
    [
      'a record with the name __proto__',
      { name: 'n', keys: JSON.parse('{"__proto__":"v"}') },
      "There is no option '__proto__' in `keys` of build()",
    ],
  ])('refuses %s, and says what it expected', (_what, given, message) => {
    const error = refusal(given);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error.message).toContain(message);
  });

  it('turns what a getter or a proxy throws into a coded error', () => {
    const cause = new Error('not now');
    const failing = new Proxy(
      {},
      {
        ownKeys: () => {
          throw cause;
        },
      },
    );
    expect(refusal(failing)).toMatchObject({ code: 'INVALID_ARGUMENT', cause });
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    expect(refusal({ name: 'n', tags: proxy })).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('takes an object without a prototype, and one with names that objects inherit', () => {
    expect(parse(Object.assign(Object.create(null), { name: 'n' })).name).toBe('n');
    expect(parse({ name: 'n', keys: { constructor: 'c', toString: 's' } }).keys).toEqual({
      constructor: 'c',
      toString: 's',
    });
    expect(parse({ name: 'n' }).keys).toBeUndefined();
  });
});
