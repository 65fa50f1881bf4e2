import { MalformedRecordError } from '@kaizen-eatp/core/errors';
import { type JsonObject, RecordCodec, type WithUnknownFields } from '@kaizen-eatp/core/records';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

interface Wheel extends WithUnknownFields {
  readonly spokeCount: number;
}
interface Cart extends WithUnknownFields {
  readonly ownerName: string;
  readonly madeAt?: string | null;
  readonly spare?: Wheel | null;
  readonly wheels: readonly Wheel[];
}
const wheel = new RecordCodec<Wheel>('wheel', { spokeCount: z.number() });
const cart = new RecordCodec<Cart>('cart', {
  ownerName: z.string(),
  madeAt: z.string().nullish(),
  spare: wheel.optional(),
  wheels: [wheel],
});

function problemOf(text: string): string {
  try {
    cart.decodeText(text);
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedRecordError);
    expect((error as MalformedRecordError).code).toBe('MALFORMED_RECORD');
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

describe('RecordCodec', () => {
  it('turns the snake_case of the wire into camelCase and back', () => {
    const text =
      '{"owner_name":"alice","made_at":null,"spare":{"spoke_count":3},"wheels":[{"spoke_count":8}]}';
    const record = cart.decodeText(text);
    expect(record).toEqual({
      ownerName: 'alice',
      madeAt: null,
      spare: { spokeCount: 3 },
      wheels: [{ spokeCount: 8 }],
    });
    expect(cart.encodeText(record)).toBe(text);
  });

  it('carries unknown fields at every level, their number literals included', () => {
    const text =
      '{"owner_name":"bob","wheels":[{"spoke_count":8,"future":{"n":1.0}}],"new_field":[9007199254740993]}';
    expect(cart.encodeText(cart.decodeText(text))).toBe(text);
  });

  it('does not take a camelCase key of the wire for a field', () => {
    const record = cart.decodeText('{"owner_name":"alice","ownerName":"mallory","wheels":[]}');
    expect(record.ownerName).toBe('alice');
    expect(record.unknownFields).toEqual({ ownerName: 'mallory' });
  });

  it('refuses to write a known field that stands among the unknown ones, in place of the field itself', () => {
    const known: JsonObject[] = [{ owner_name: 'mallory' }, { made_at: '2027' }, { wheels: [] }];
    for (const unknownFields of known) {
      expect(() => cart.encode({ ownerName: 'alice', wheels: [], unknownFields })).toThrow(
        MalformedRecordError,
      );
      expect(() =>
        cart.encode({ ownerName: 'alice', wheels: [{ spokeCount: 8, unknownFields: { spoke_count: 9 } }] }),
      ).toThrow('wheel.spoke_count: a known field must not be in unknownFields');
    }
  });

  it('keeps a key __proto__ as an unknown field and lends it no properties', () => {
    const text = '{"wheels":[],"__proto__":{"owner_name":"mallory"}}';
    expect(problemOf(text)).toContain('cart.owner_name');
    const kept = cart.decodeText('{"owner_name":"bob","wheels":[],"__proto__":{"isAdmin":true}}');
    expect((kept as unknown as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    expect(cart.encodeText(kept)).toBe('{"owner_name":"bob","wheels":[],"__proto__":{"isAdmin":true}}');
  });

  it('names every field that does not fit, by its path', () => {
    const message = problemOf('{"owner_name":5,"spare":[],"wheels":[{"spoke_count":"x"},7]}');
    expect(message).toContain('The record is not a valid cart');
    for (const path of [
      'cart.owner_name:',
      'cart.spare: expected an object',
      'cart.wheels[0].spoke_count:',
      'cart.wheels[1]: expected an object',
    ]) {
      expect(message).toContain(path);
    }
  });

  it.each(['null', '[]', '"x"', '1', '1.0'])('refuses %s in place of a record', (text) => {
    expect(problemOf(text)).toContain('cart: expected an object');
  });

  it('demands a record that is not optional', () => {
    const barrow = new RecordCodec<{ readonly wheel: Wheel }>('barrow', { wheel });
    expect(barrow.decodeText('{"wheel":{"spoke_count":8}}')).toEqual({ wheel: { spokeCount: 8 } });
    for (const text of ['{}', '{"wheel":null}', '{"wheel":[]}']) {
      expect(() => barrow.decodeText(text)).toThrow('barrow.wheel: expected an object');
    }
  });

  it('refuses what is no list where a list of records belongs', () => {
    expect(problemOf('{"owner_name":"alice","wheels":{}}')).toContain('cart.wheels: expected an array');
  });

  it('tells at most five problems in its text and all in its evidence', () => {
    const many = { owner_name: 'alice', wheels: Array.from({ length: 9 }, () => ({})) };
    try {
      cart.decode(many);
      expect.unreachable();
    } catch (error) {
      const { evidence, message } = error as MalformedRecordError;
      expect(evidence.problems).toHaveLength(9);
      expect(message.split(';')).toHaveLength(5);
    }
  });
});
