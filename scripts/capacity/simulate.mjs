/**
 * @typedef {object} Machine  Microseconds, measured.
 * @property {number} workerCpu  The processor time of a worker for one step.
 * @property {number} flush  One commit of one step, from the worker to the disk of the server and back.
 * @property {number} each  Each further step in the same commit.
 */

/**
 * Simulates workers that execute runs on one PostgreSQL, event by event. A worker computes one step at a time and has one
 * connection that writes: steps that come while a commit is in progress go together with the next. The server takes the
 * commits of all connections; their flushes overlap, their work does not.
 *
 * @param {Machine} machine
 * @param {{ workers: number, runs: number, act: number, steps: number, serverCores: number }} load  `runs` in progress in
 *   each worker; `act` in microseconds: how long an agent works; `steps` to simulate in all.
 * @returns {number} steps per second
 */
export function simulate({ workerCpu, flush, each }, { workers, runs, act, steps, serverCores }) {
  const events = new Heap();
  const cpuFree = new Float64Array(workers);
  const serverFree = new Float64Array(serverCores);
  const waiting = Array.from({ length: workers }, () => 0);
  const isCommitting = new Uint8Array(workers);
  let done = 0;
  let now = 0;

  const compute = (worker, at) => {
    cpuFree[worker] = Math.max(cpuFree[worker], at) + workerCpu;
    events.push(cpuFree[worker], { type: 'ready', worker });
  };
  const commit = (worker, at) => {
    const count = Math.min(waiting[worker], 60);
    if (count === 0) return;
    waiting[worker] -= count;
    isCommitting[worker] = 1;
    let core = 0;
    for (let i = 1; i < serverCores; i += 1) if (serverFree[i] < serverFree[core]) core = i;
    const busyUntil = Math.max(serverFree[core], at) + count * each;
    serverFree[core] = busyUntil;
    events.push(busyUntil + Math.max(0, flush - each), { type: 'stored', worker, count });
  };

  for (let worker = 0; worker < workers; worker += 1)
    for (let run = 0; run < runs; run += 1) compute(worker, Math.random() * act);
  while (done < steps) {
    const { at, event } = events.pop();
    now = at;
    const { worker } = event;
    if (event.type === 'ready') waiting[worker] += 1;
    else {
      isCommitting[worker] = 0;
      done += event.count;
      for (let i = 0; i < event.count; i += 1) compute(worker, now + act);
    }
    if (!isCommitting[worker]) commit(worker, now);
  }
  return (done / now) * 1e6;
}

/** A binary heap of events by their times. */
class Heap {
  #items = [];

  push(at, event) {
    const items = this.#items;
    let i = items.push({ at, event }) - 1;
    while (i > 0) {
      const above = (i - 1) >> 1;
      if (items[above].at <= items[i].at) break;
      [items[above], items[i]] = [items[i], items[above]];
      i = above;
    }
  }

  pop() {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (items.length > 0) {
      items[0] = last;
      for (let i = 0; ; ) {
        let below = 2 * i + 1;
        if (below >= items.length) break;
        if (below + 1 < items.length && items[below + 1].at < items[below].at) below += 1;
        if (items[i].at <= items[below].at) break;
        [items[i], items[below]] = [items[below], items[i]];
        i = below;
      }
    }
    return first;
  }
}
