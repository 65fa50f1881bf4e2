import { TrustAwareOrchestrationRuntime, TrustedAgent, TrustOperations } from '@kaizen-eatp/core';
import { worker } from '@kaizen-eatp/core/durable';
import { sequential } from '@kaizen-eatp/patterns';
import pg from 'pg';
import { checkOutput, input, agents as work } from '../work.js';
import { hereEngine } from './here-engine.js';

/**
 * How often a sequential run of three agents commits, and how many statements it sends; each is one round trip.
 * @param {import('@kaizen-eatp/core/store').TrustStore} store
 * @returns {Promise<import('./measure-store.js').Statements>}
 */
export async function countRun(store) {
  const trust = new TrustOperations({ store });
  const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'Bench' });
  const agents = [];
  for (const [i, agent] of work.entries()) {
    const trusted = new TrustedAgent({ name: `counted-${i}`, agent, trust });
    await trusted.establishTrust({ authorityId, capabilities: ['work'] });
    agents.push(trusted);
  }
  const engine = hereEngine();
  const options = { agents, trust, patterns: [sequential], engine };
  const runtime = new TrustAwareOrchestrationRuntime(options);
  const run = async () => {
    const { result } = await runtime.execute(input, { pattern: 'sequential' });
    return async () => checkOutput(result);
  };
  const durable = async () => {
    const submitted = await runtime.submit(input, { pattern: 'sequential' });
    await engine.idle();
    return async () => checkOutput(await submitted.result());
  };
  const plain = await fewest(store, run);
  const serving = await worker(options);
  try {
    return { ...plain, durable: await fewest(store, durable) };
  } finally {
    await serving.stop();
  }
}

/**
 * The worker also looks for runs every half second, so the smallest of several counts is that of the run.
 * @param {import('@kaizen-eatp/core/store').TrustStore} store
 * @param {() => Promise<() => Promise<void>>} run returns a function that checks the result
 */
async function fewest(store, run) {
  await (await run())();
  const counts = [];
  for (let i = 0; i < 5; i += 1) {
    const commits = count(store, 'commit');
    const statements = count(pg.Client.prototype, 'query');
    const check = await run();
    counts.push({ commits: commits(), statements: statements() });
    await check();
  }
  return counts.toSorted((a, b) => a.statements - b.statements)[0];
}

/**
 * Counts the calls of a method.
 * @param {any} object
 * @param {string} name
 * @returns {() => number} how many there were; ends the counting
 */
function count(object, name) {
  const own = Object.getOwnPropertyDescriptor(object, name);
  const method = object[name];
  let calls = 0;
  object[name] = function (/** @type {unknown[]} */ ...given) {
    calls += 1;
    return Reflect.apply(method, this, given);
  };
  return () => {
    if (own) Object.defineProperty(object, name, own);
    else delete object[name];
    return calls;
  };
}
