import { verifySignature } from '@kaizen-eatp/core/records';
import { expect, it, vi } from 'vitest';
import * as browser from '../../src/wire/crypto/browser.js';
import * as node from '../../src/wire/crypto/node.js';
import { EDGE_CASES, verdictOn } from './edge-cases.js';

vi.mock('#crypto', () => import('../../src/wire/crypto/browser.js'));

it('with the cryptography of browsers, strange signatures have the verdicts that they should', () => {
  const wrong = EDGE_CASES.filter((each) => verdictOn(each, verifySignature) !== each.expected);
  expect(wrong.map(({ name }) => name)).toEqual([]);
});

it('both halves have the same names, and give the same results', () => {
  expect(Object.keys(browser).sort()).toEqual(Object.keys(node).sort());
  for (const text of ['', 'a', 'é€😀', '\ud800', 'x'.repeat(1000)]) {
    expect(browser.sha256Hex(text)).toBe(node.sha256Hex(text));
    expect(browser.utf8Length(text)).toBe(node.utf8Length(text));
    const [one, other] = [new browser.Sha256(), new node.Sha256()];
    for (const hash of [one, other]) for (const part of [text, 'ü', text]) hash.update(part);
    expect(one.hex()).toBe(other.hex());
  }
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  for (const length of [0, 1, 2, 3, 255, 256]) {
    const part = bytes.subarray(256 - length);
    expect(browser.toHex(part)).toBe(node.toHex(part));
    const text = browser.toBase64(part);
    expect(text).toBe(node.toBase64(part));
    expect(browser.fromBase64(text)).toEqual(Uint8Array.from(node.fromBase64(text) as Uint8Array));
  }
  for (const bad of ['=', 'A', 'AA', 'AB==', 'AA= =', 'AA==\n', ' AA==', 'A_==', 'é', '====', 'AA==AA=='])
    expect([browser.fromBase64(bad), node.fromBase64(bad)], bad).toEqual([undefined, undefined]);
  const form = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  for (const half of [browser, node]) {
    expect(half.randomUuid()).toMatch(form);
    expect(half.randomUuid()).not.toBe(half.randomUuid());
  }
});
