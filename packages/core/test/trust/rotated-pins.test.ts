import { generateKeyPair, InMemoryKeyManager } from '@kaizen-eatp/core';
import { describe, expect, it } from 'vitest';
import { AuthorityRegister, firstKeysOf, keysBefore } from '../../src/trust/statements/authority-register.js';
import { type KnownStatement, rotationText } from '../../src/trust/statements/statement.js';
import { TrustState } from '../../src/trust/statements/trust-state.js';

const ACME = 'org-acme';

async function signer() {
  const { privateKey, publicKey } = generateKeyPair();
  const keys = new InMemoryKeyManager();
  await keys.importKey('key', privateKey);
  return { publicKey, sign: async (text: string): Promise<string> => keys.sign(text, 'key') };
}
type Signer = Awaited<ReturnType<typeof signer>>;

/** A rotation from one key to another, signed for the new key by the third. */
async function rotation(from: Signer, to: Signer, by = to): Promise<KnownStatement> {
  const body = {
    authority_id: ACME,
    old_public_key: from.publicKey,
    new_public_key: to.publicKey,
    new_signature: await by.sign(rotationText(ACME, from.publicKey, to.publicKey)),
  };
  return {
    statement: {
      kind: 'key_rotated',
      authorityId: ACME,
      publicKey: from.publicKey,
      at: '2026-01-05T12:00:00+00:00',
      body,
    },
    isOwn: false,
  } as never;
}

describe('an authority that is pinned with a later key', () => {
  it('is followed back to its first key by what each new key signed', async () => {
    const [first, second, third] = [await signer(), await signer(), await signer()];
    const statements = [await rotation(first, second), await rotation(second, third)];
    expect(keysBefore(statements, ACME, third.publicKey)).toEqual([second.publicKey, first.publicKey]);
    const pins = [{ id: ACME, publicKey: third.publicKey }];
    expect(firstKeysOf(pins, statements).get(ACME)).toBe(first.publicKey);
  });

  it('is not followed to a key that names itself as the one before', async () => {
    const [mallory, pinned] = [await signer(), await signer()];
    const forged = [await rotation(mallory, pinned, mallory)];
    expect(keysBefore(forged, ACME, pinned.publicKey)).toEqual([]);
    expect(firstKeysOf([{ id: ACME, publicKey: pinned.publicKey }], forged).size).toBe(0);
  });

  it('is believed with the pinned key even where the statements do not lead to it', async () => {
    const [first, pinned] = [await signer(), await signer()];
    const pins = [{ id: ACME, publicKey: pinned.publicKey }];
    const register = new AuthorityRegister(pins, new Map([[ACME, first.publicKey]]));
    expect(register.get(ACME)?.publicKey).toBe(first.publicKey);
    register.keepPins();
    expect(register.get(ACME)).toMatchObject({ publicKey: pinned.publicKey, earlierKeys: [first.publicKey] });
  });

  it('is believed with the pinned key after statements that change authorities, each of which has all judged again', async () => {
    const [first, pinned, stranger] = [await signer(), await signer(), await signer()];
    const state = new TrustState([{ id: ACME, publicKey: pinned.publicKey }]);
    const { statement } = await rotation(first, pinned);
    // The pinned key names the first one; the first one never said so.
    state.add({ statement: { ...statement, publicKey: stranger.publicKey }, isOwn: false } as KnownStatement);
    expect(state.authority(ACME)).toMatchObject({
      publicKey: pinned.publicKey,
      earlierKeys: [first.publicKey],
    });
  });
});
