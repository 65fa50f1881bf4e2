import { readdirSync, readFileSync } from 'node:fs';

/**
 * Microseconds for which processes and their children had a processor so far; 0 where the system does not say.
 * @param {readonly number[]} pids
 * @returns {number}
 */
export function processCpu(pids) {
  let sum = 0;
  for (const pid of pids) {
    for (const task of list(`/proc/${pid}/task`)) {
      sum += Number(read(`/proc/${pid}/task/${task}/schedstat`).split(' ')[0]) / 1000;
      const children = read(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean);
      sum += processCpu(children.map(Number));
    }
  }
  return sum;
}

/** @param {string} folder */
function list(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
