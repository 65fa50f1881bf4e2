import { targets } from './targets.js';

/**
 * @typedef {object} Row
 * @property {string} what
 * @property {number} [wall]  Microseconds.
 * @property {number} [cpu]  Microseconds of the main thread.
 * @property {string} [amount]  What was measured where it is no time.
 * @property {number} [ratio]
 * @property {string} [target]  Key in `targets`; one that is not there has no target.
 */

const HEAD = ['what', 'time', 'CPU', 'ratio', 'target', ''];

/** Three digits, but never an exponent. @param {number} value */
const digits = (value) => (value < 100 ? value.toPrecision(3) : value.toFixed(0));

/** @param {number | undefined} us */
function duration(us) {
  if (us === undefined) return '';
  return us < 1000 ? `${digits(us)} µs` : `${digits(us / 1000)} ms`;
}

/** @param {Row} row */
function cells({ what, wall, cpu, amount, ratio, target: key = '' }) {
  const first = [what, amount ?? duration(wall), duration(cpu)];
  if (ratio === undefined) return [...first, '', '', ''];
  const target = targets[key];
  const verdict = target?.met(ratio) ? 'met' : 'MISSED';
  return [...first, digits(ratio), target?.text ?? '', target ? verdict : ''];
}

/**
 * A line for each missed target, with what is known of why.
 * @param {Row[]} rows
 */
export function misses(rows) {
  return rows.flatMap(({ what, ratio, target: key = '' }) => {
    const target = targets[key];
    if (!target || ratio === undefined || target.met(ratio)) return [];
    const reason = target.reason ?? 'not known to be missed; look at what changed';
    return [`MISSED ${what}: ${digits(ratio)}, target ${target.text}: ${reason}`];
  });
}

/** @param {Row[]} rows */
export function table(rows) {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const numeric = (/** @type {number} */ column) => column >= 1 && column <= 3;
  const pad = (/** @type {string} */ cell, /** @type {number} */ column) =>
    numeric(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column]);
  const [head, ...body] = lines.map((line) => line.map(pad).join('  ').trimEnd());
  const rule = '-'.repeat(Math.max(head.length, ...body.map((line) => line.length)));
  return [head, rule, ...body].join('\n');
}
