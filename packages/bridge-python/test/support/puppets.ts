import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { InvocationContext } from '@kaizen-eatp/core';
import type { ScriptedAgent } from '@kaizen-eatp/testing';

interface Question {
  readonly name: string;
  readonly input: unknown;
  readonly invocation_id: string;
  readonly task_id: string;
  readonly agent_id: string;
  readonly action: string;
}

export interface PuppetMaster {
  readonly port: number;
  close(): Promise<void>;
}

/** Answers what the agents of `test/python/puppets.py` ask, by the scripts of agents of the kit. */
export async function puppetMaster(agents: Readonly<Record<string, ScriptedAgent>>): Promise<PuppetMaster> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const canceller = new AbortController();
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      canceller.abort(new Error('the Python agent was cancelled'));
    });
    const lines = createInterface({ input: socket });
    lines.on('error', () => undefined);
    lines.once('line', (line) => {
      const question = JSON.parse(line) as Question;
      answer(agents, question, canceller.signal).then((text) => socket.end(`${text}\n`));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

async function answer(
  agents: Readonly<Record<string, ScriptedAgent>>,
  { name, input, invocation_id, task_id, agent_id, action }: Question,
  signal: AbortSignal,
): Promise<string> {
  try {
    // A script reads these facts of its context, and does not act through it.
    const context = {
      signal,
      invocationId: invocation_id,
      taskId: task_id,
      agentId: agent_id,
      action,
      report: () => undefined,
    } as Partial<InvocationContext> as InvocationContext;
    const output = await agents[name]?.run(input, context);
    return JSON.stringify({ output });
  } catch (error) {
    return JSON.stringify({ error: error instanceof Error ? error.message : String(error) });
  }
}
