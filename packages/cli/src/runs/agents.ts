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
  const approvers = approversOf(given);
  const programs = programAgents(given.each('agent')).map((program) => {
    const required = approvers.get(program.name);
    approvers.delete(program.name);
    const agent = new TrustedAgent({
      name: program.name,
      trust,
      agent: (input: unknown, { signal }) => runProgram(program, input, signal),
      ...(required && { requiresApproval: { approvers: required } }),
    });
    return [program.name, agent] as const;
  });
  const [unknown] = approvers.keys();
  if (unknown !== undefined)
    throw usage('`--approval` names an agent that no `--agent` makes', { received: `'${unknown}'` });
  const modules = await Promise.all(given.each('module').map((path) => agentsIn(path, trust)));
  const agents = Object.assign(Object.fromEntries(programs), ...modules) as AgentsOfRun;
  if (Object.keys(agents).length > 0) return agents;
  throw usage('A run needs agents', { expected: '--agent NAME=COMMAND or --module FILE' });
}

/** The people who must approve what an agent does, by the agent's name. @throws CliError `COMMAND_USAGE`. */
function approversOf(given: Given): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const pair of given.each('approval')) {
    const [, name, list = ''] = /^([^=]+)=(.+)$/s.exec(pair) ?? [];
    const people = list.split(',').flatMap((each) => each.trim() || []);
    if (name === undefined || people.length === 0)
      throw usage('`--approval` names an agent and those who can approve its work', {
        expected: 'NAME=APPROVER, or several approvers separated by commas',
        received: `'${pair}'`,
      });
    found.set(name, [...(found.get(name) ?? []), ...people]);
  }
  return found;
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
