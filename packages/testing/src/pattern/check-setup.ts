import { describe, InvalidArgumentError } from '@kaizen-eatp/core/errors';
import { parseOptions } from '@kaizen-eatp/core/plugin';
import { z } from 'zod';
import { thoroughnessField } from '../conformance/thoroughness.js';
import type { FailureTolerance, PatternConformanceSetup } from './pattern-setup.js';

const functionField = <T>(example: string) =>
  z.custom<T>((value) => typeof value === 'function', `a function, for instance ${example}`).optional();

const record = <T>(what: string) =>
  z
    .custom<T>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), what)
    .optional();

const names = z.array(z.string()).readonly();
const milliseconds = z.number().positive();
const times = z.int().nonnegative();

const setupSchema = z.strictObject({
  agents: record<NonNullable<PatternConformanceSetup['agents']>>('an object of agents by name').optional(),
  options: record<Readonly<Record<string, unknown>>>('an object'),
  otherOptions: record<Readonly<Record<string, unknown>>>('an object'),
  input: functionField<NonNullable<PatternConformanceSetup['input']>>('(mark) => ({ request: mark })'),
  leader: z.string().optional(),
  idle: names.optional(),
  tolerates: record<FailureTolerance>('an object with the names of `agents`'),
  errors: names.optional(),
  details: names.optional(),
  facts: names.optional(),
  durable: z.boolean().optional(),
  actsAfterRefusal: names.optional(),
  dependsOnTiming: z.boolean().optional(),
  comparable: functionField<NonNullable<PatternConformanceSetup['comparable']>>('(result) => result'),
  introduce: functionField<NonNullable<PatternConformanceSetup['introduce']>>('(agents) => undefined'),
  store: functionField<NonNullable<PatternConformanceSetup['store']>>('() => new MemoryTrustStore()'),
  world: functionField<NonNullable<PatternConformanceSetup['world']>>('trustWorld'),
  bound: milliseconds.optional(),
  stopBound: milliseconds.optional(),
  timeout: milliseconds.optional(),
  thoroughness: thoroughnessField,
});

const playerSchema = z.strictObject({
  run: z.custom((value) => typeof value === 'function', 'a function that answers the input').optional(),
  otherwise: z
    .custom(
      (value) => value === false || typeof value === 'function',
      'a function that answers the input, or false',
    )
    .optional(),
  capabilities: z.array(z.unknown()).readonly().optional(),
  calls: z.union([times, z.tuple([times, times]).readonly()]).optional(),
  actions: names.optional(),
  spare: names.optional(),
  addedConstraints: names.optional(),
  steers: names.optional(),
});

const toleranceSchema = z.strictObject({
  agents: names,
  all: z.boolean().optional(),
  reportedIn: functionField('(result, failure) => true'),
  keptIn: functionField('(result, contribution) => true'),
});

/**
 * Reads a setup once and checks it. A misspelt field would silently weaken the suite.
 *
 * @throws InvalidArgumentError.
 */
export function readSetup(given: unknown): PatternConformanceSetup {
  const setup = parseOptions(
    setupSchema,
    given,
    'the setup of patternConformance()',
  ) as PatternConformanceSetup;
  const agents = Object.keys(setup.agents ?? DEFAULT_AGENTS);
  if (agents.length === 0) throw wrong('has no agents', 'at least one agent', 'none');
  for (const [name, player] of Object.entries(setup.agents ?? {}))
    parseOptions(playerSchema, player, `agent '${name}' of the setup`);
  if (setup.tolerates !== undefined)
    parseOptions(toleranceSchema, setup.tolerates, '`tolerates` of the setup');
  expectAgents('leader', agents, setup.leader === undefined ? [] : [setup.leader]);
  expectAgents('idle', agents, setup.idle ?? []);
  expectAgents('actsAfterRefusal', agents, setup.actsAfterRefusal ?? []);
  expectAgents('tolerates.agents', agents, setup.tolerates?.agents ?? []);
  return setup;
}

/** The agents of a setup that names none. */
export const DEFAULT_AGENTS = { lead: {}, first: {}, second: {} };

function expectAgents(what: string, known: readonly string[], given: readonly string[]): void {
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
