import { describe, InvalidArgumentError } from '@kaizen-eatp/core/errors';
import type { PatternConformanceSetup } from './pattern-setup.js';

const NAMES = [
  'pattern',
  'agents',
  'options',
  'input',
  'leader',
  'idle',
  'tolerates',
  'comparable',
  'introduce',
  'store',
  'world',
  'bound',
  'timeout',
] as const satisfies readonly (keyof PatternConformanceSetup)[];

/**
 * Checks a setup. A misspelt field would silently weaken the suite.
 *
 * @throws InvalidArgumentError.
 */
export function checkSetup(setup: PatternConformanceSetup, agents: readonly string[]): void {
  expectOnly('the setup', setup, NAMES);
  if (agents.length === 0) throw wrong('has no agents', 'at least one agent', 'none');
  for (const [name, player] of Object.entries(setup.agents ?? {})) {
    expectOnly(`agent '${name}'`, player, ['run', 'capabilities']);
    if (player.run !== undefined && typeof player.run !== 'function')
      throw wrong(`has agent '${name}' with nothing to run`, 'a function as `run`', describe(player.run));
  }
  if (setup.tolerates !== undefined)
    expectOnly('`tolerates`', setup.tolerates, ['agents', 'all', 'reportedIn', 'keptIn']);
  expectAgents('leader', agents, setup.leader === undefined ? [] : [setup.leader]);
  expectAgents('idle', agents, setup.idle ?? []);
  expectAgents('tolerates.agents', agents, setup.tolerates === undefined ? [] : setup.tolerates.agents);
  for (const name of ['bound', 'timeout'] as const) {
    const value: unknown = setup[name];
    if (value === undefined || (typeof value === 'number' && value > 0)) continue;
    throw wrong(`has no time as \`${name}\``, 'milliseconds, more than 0', describe(value));
  }
}

function expectOnly(what: string, value: unknown, names: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(`has no object as ${what}`, `an object with ${names.join(', ')}`, describe(value));
  const stray = Object.keys(value).find((name) => !names.includes(name));
  if (stray !== undefined) throw wrong(`has '${stray}' in ${what}`, names.join(', '), `'${stray}'`);
}

function expectAgents(what: string, known: readonly string[], given: unknown): void {
  if (!Array.isArray(given)) throw wrong(`has no list as \`${what}\``, 'names of agents', describe(given));
  const stranger = given.find((name) => !known.includes(name));
  if (stranger !== undefined)
    throw wrong(`names an unknown agent as \`${what}\``, known.join(', '), describe(stranger));
}

const wrong = (what: string, expected: string, received: string): InvalidArgumentError =>
  new InvalidArgumentError(`The setup of the conformance suite ${what}`, {
    expected,
    received,
    remedy: 'Correct the setup; PatternConformanceSetup documents it.',
  });
