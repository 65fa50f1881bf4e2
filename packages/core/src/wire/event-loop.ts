/** How long work may hold the event loop before timers and input get their turn, in milliseconds. */
const MAX_HELD = 10;

let heldSince = 0;
let turn: Promise<void> | undefined;

/**
 * Returns a promise that lets the event loop turn when it is awaited; undefined if the loop turned recently. Agents
 * that never wait would otherwise keep timers, cancellation and all other work from running for as long as their run
 * lasts.
 */
export function turnOfEventLoop(): Promise<void> | undefined {
  if (turn) return turn;
  if (performance.now() - heldSince < MAX_HELD) return undefined;
  turn = new Promise((resolve) => {
    setImmediate(() => {
      turn = undefined;
      heldSince = performance.now();
      resolve();
    });
  });
  return turn;
}
