import { canonicalJson } from '@kaizen-eatp/core/records';
import { interleave } from './measure.js';

/**
 * What the canonical form of a text costs whose characters are all escaped, against one that has none of them.
 * @param {import('./effort.js').Effort} effort
 * @returns {Promise<{ characters: number, timings: import('./measure.js').Timings }>} `ascii` and `cjk`
 */
export async function measureText(effort) {
  const { characters } = effort;
  const texts = { ascii: 'a'.repeat(characters), cjk: '漢字'.repeat(characters / 2) };
  const subjects = Object.entries(texts).map(([id, text]) => ({ id, run: () => canonicalJson(text) }));
  return { characters, timings: await interleave(subjects, effort) };
}
