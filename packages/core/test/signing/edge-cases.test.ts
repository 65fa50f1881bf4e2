import { verifySignature } from '@kaizen-eatp/core/records';
import { describe, expect, it } from 'vitest';
import * as browser from '../../src/wire/crypto/browser.js';
import * as node from '../../src/wire/crypto/node.js';
import { EDGE_CASES, type EdgeCase, verdictOn } from './edge-cases.js';

describe('signatures that implementations of Ed25519 disagree about', () => {
  it('have the verdicts that they should', () => {
    const wrong = EDGE_CASES.filter((each) => verdictOn(each, verifySignature) !== each.expected);
    expect(wrong.map(({ name }) => name)).toEqual([]);
    expect(EDGE_CASES.filter(({ expected }) => expected === 'valid').length).toBeGreaterThan(50);
  });

  it('have the same verdict in both halves, small orders apart, which some versions of OpenSSL refuse', () => {
    const raw = ({ key, text, signature }: EdgeCase, half: typeof browser | typeof node): boolean =>
      (half as typeof browser).verifyEd25519(half.importVerifyingKey(key) as never, text, signature);
    const differing = EDGE_CASES.filter((each) => raw(each, browser) !== raw(each, node));
    expect(differing.map(({ name }) => name).filter((name) => !name.includes('small order'))).toEqual([]);
    // Some that core refuses for their small order would be valid otherwise.
    const refused = EDGE_CASES.filter((each) => each.expected !== 'valid' && raw(each, browser));
    expect(new Set(refused.map(({ expected }) => expected))).toEqual(new Set(['invalid', 'BAD_KEY']));
  });

  it('have the same verdict when many are verified at once', async () => {
    const all = EDGE_CASES.map(({ key, text, signature }) => ({
      ...{ key: node.importVerifyingKey(key), text, signature },
    }));
    const each = all.map(({ key, text, signature }) => node.verifyEd25519(key, text, signature));
    expect(await Promise.all(node.verifyAll(all))).toEqual(each);
  });
});
