import { missReasons, targets } from './targets.js';

/**
 * @typedef {object} Row
 * @property {string} what
 * @property {number} median  Microseconds.
 * @property {number} [ratio]
 * @property {string} [target]  Key in `targets`; one that is not there has no target.
 */

const HEAD = ['what', 'median', 'ratio', 'target', ''];

/** Three digits, but never an exponent. @param {number} value */
const digits = (value) => (value < 100 ? value.toPrecision(3) : value.toFixed(0));

/** @param {number} us */
function duration(us) {
  return us < 1000 ? `${digits(us)} µs` : `${digits(us / 1000)} ms`;
}

/** @param {Row} row */
function cells({ what, median, ratio, target: key = '' }) {
  if (ratio === undefined) return [what, duration(median), '', '', ''];
  const target = targets[key];
  const missed = missReasons[key] ? `MISSED: ${missReasons[key]}` : 'MISSED';
  const verdict = target?.met(ratio) ? 'met' : missed;
  return [what, duration(median), digits(ratio), target?.text ?? '', target ? verdict : ''];
}

/** @param {Row[]} rows */
export function table(rows) {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const numeric = (/** @type {number} */ column) => column === 1 || column === 2;
  const pad = (/** @type {string} */ cell, /** @type {number} */ column) =>
    numeric(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column]);
  const [head, ...body] = lines.map((line) => line.map(pad).join('  ').trimEnd());
  const rule = '-'.repeat(Math.max(head.length, ...body.map((line) => line.length)));
  return [head, rule, ...body].join('\n');
}
