import { TrustAwareOrchestrationRuntime, TrustedAgent, TrustOperations } from '@kaizen-eatp/core';
import { sequential } from '@kaizen-eatp/patterns';
import pg from 'pg';
import { checkOutput, input, agents as work } from '../work.js';

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
  const runtime = new TrustAwareOrchestrationRuntime({ agents, trust, patterns: [sequential] });
  const run = async () => checkOutput((await runtime.execute(input, { pattern: 'sequential' })).result);
  await run();

  const commits = count(store, 'commit');
  const statements = count(pg.Client.prototype, 'query');
  await run();
  return { commits: commits(), statements: statements() };
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
