import { spawn } from 'node:child_process';
import { usage } from '../errors.js';

/** How much a program may write, in characters. */
const MOST_OUTPUT = 16_777_216;

/** An agent that is a program: it reads its input as JSON, and writes its output as JSON or as a plain string. */
export interface ProgramAgent {
  /** The name of the agent; its id is `agent-` and the name. */
  readonly name: string;
  /** The command, as the shell reads it. */
  readonly command: string;
}

/** Reads agents in the form `name=command`. @throws CliError `COMMAND_USAGE`. */
export function programAgents(pairs: readonly string[]): ProgramAgent[] {
  return pairs.map((pair) => {
    const [, name, command] = /^([^=]+)=(.+)$/s.exec(pair) ?? [];
    if (name !== undefined && command !== undefined) return { name, command };
    throw usage('`--agent` names an agent and its program', {
      expected: "NAME=COMMAND, for instance clerk='jq .total'",
      received: `'${pair}'`,
    });
  });
}

/**
 * Runs the program of an agent once. The input is not part of the command, so that it cannot change what is run.
 *
 * @throws Error if the program fails, or writes too much.
 */
export function runProgram(
  { name, command }: ProgramAgent,
  input: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, { shell: true, signal, stdio: ['pipe', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
      if (stdout.length > MOST_OUTPUT) child.kill();
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr = (stderr + chunk).slice(-2_000);
    });
    // A program that does not read its input is no failure.
    child.stdin.on('error', () => undefined);
    child.once('error', reject);
    child.once('close', (code, killedBy) => {
      if (code === 0) return resolve(outputOf(stdout));
      const end = code === null ? `was stopped by ${killedBy}` : `exited with ${code}`;
      reject(new Error(`The program of agent '${name}' ${end}${stderr && `: ${stderr.trim()}`}`));
    });
    child.stdin.end(JSON.stringify(input ?? null));
  });
}

function outputOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.trimEnd();
  }
}
