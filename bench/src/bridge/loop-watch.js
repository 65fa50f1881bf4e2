import { threadCpu } from '../measure.js';

/**
 * Watches what holds the event loop: how much processor time passes from one turn of a timer to the next. What else runs on
 * the machine has no part in it.
 * @returns {() => number[]} ends it, and gives the milliseconds of each turn.
 */
export function watchLoop() {
  /** @type {number[]} */
  const held = [];
  let last = threadCpu();
  const timer = setInterval(() => {
    const now = threadCpu();
    held.push((now - last) / 1000);
    last = now;
  }, 1);
  return () => {
    clearInterval(timer);
    return held;
  };
}
