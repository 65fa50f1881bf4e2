/** A record of some 180 bytes, as agents exchange them: texts, numbers, a list, a flag. */
const record = (/** @type {number} */ i) => ({
  id: 1_000 + i,
  title: `Quarterly figures of region ${i}`,
  summary: 'Revenue grew while costs stayed where they were; see the attached table.',
  score: 0.5 + i,
  tags: ['finance', 'q3', 'review'],
  isFinal: i % 2 === 0,
});

const records = (/** @type {number} */ count) => ({
  records: Array.from({ length: count }, (_, i) => record(i)),
});

/** About so large as JSON. */
export const inputs = {
  '200 B': records(1),
  '10 KB': records(51),
  '1 MB': records(5_150),
  '15 MB ASCII': { records: ['a'.repeat(15_000_000)] },
  '15 MB CJK': { records: ['日'.repeat(5_000_000)] },
};
