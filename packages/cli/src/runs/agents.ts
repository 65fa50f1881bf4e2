import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TrustedAgent, type TrustOperations } from '@kaizen-eatp/core';
import { CliError, usage } from '../errors.js';
import type { Given } from '../spec/given.js';
import { programAgents, runProgram } from './program-agent.js';

/** The agents of a run, by name. */
export type AgentsOfRun = Readonly<Record<string, TrustedAgent>>;

/**
 * Makes the agents that the options name: programs (`--agent`), and those of a module (`--module`), which exports a function
 * `agents({ trust })`.
 *
 * @throws CliError `COMMAND_USAGE`, `FILE_NOT_FOUND`.
 */
export async function agentsOf(given: Given, trust: TrustOperations): Promise<AgentsOfRun> {
  const programs = programAgents(given.each('agent')).map(
    (program) =>
      [
        program.name,
        new TrustedAgent({
          name: program.name,
          trust,
          agent: (input: unknown, { signal }) => runProgram(program, input, signal),
        }),
      ] as const,
  );
  const modules = await Promise.all(given.each('module').map((path) => agentsIn(path, trust)));
  const agents = Object.assign(Object.fromEntries(programs), ...modules) as AgentsOfRun;
  if (Object.keys(agents).length > 0) return agents;
  throw usage('A run needs agents', { expected: '--agent NAME=COMMAND or --module FILE' });
}

async function agentsIn(path: string, trust: TrustOperations): Promise<AgentsOfRun> {
  const module = (await import(pathToFileURL(resolve(path)).href).catch((cause: unknown) => {
    throw new CliError('FILE_NOT_FOUND', `The module ${path} cannot be imported`, {
      remedy: 'Correct the path, or repair the module: see --verbose.',
      cause,
    });
  })) as { agents?: unknown };
  if (typeof module.agents !== 'function')
    throw usage(`The module ${path} exports no agents`, {
      expected: 'export function agents({ trust }) { return { NAME: new TrustedAgent(…) }; }',
    });
  return (await module.agents({ trust })) as AgentsOfRun;
}
