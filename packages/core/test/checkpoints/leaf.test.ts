import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/trust/checkpoint/checkpoint-note.js';
import { readLeaf } from '../../src/trust/checkpoint/leaf.js';
import { Site } from './site.js';

describe('the text of a leaf', () => {
  it('is read if the library wrote it', async () => {
    const site = await Site.create();
    const { note, leaves } = await site.trust.checkpoint();
    expect(leaves.map((text) => readLeaf(text))).toEqual(leaves.map((text) => JSON.parse(text)));
    expect(readCheckpoint(note).size).toBe(leaves.length);
  });

  it.each([
    '{"hash":"x","id":"run","kind":"trail","sequence":"9"}',
    '{"hash":"x","id":"run","kind":"trail","sequence":9.5}',
    '{"hash":"x","id":"run","kind":"trail","sequence":-1}',
    '{"hash":"x","id":"b","kind":"trail a","sequence":1}',
    '{"hash":"x","id":"run","kind":"trail"}',
    '{"hash":1,"id":"agent","kind":"chain","state":"x","active":true}',
    '{"id":"run"}',
    '[]',
    'nothing',
  ])('is none if it is %s', (text) => {
    expect(readLeaf(text)).toBeUndefined();
  });
});
