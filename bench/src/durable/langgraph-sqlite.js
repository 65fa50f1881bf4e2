import { randomUUID } from 'node:crypto';
import { installed } from '../installed.js';
import { agents, input } from '../work.js';

/**
 * A graph of the three nodes with a checkpoint after each, on the disk before the next one starts: as durable as a run of ours, and
 * nothing signed.
 * @param {string} path
 */
export async function langgraph(path) {
  process.env.LANGSMITH_TRACING = process.env.LANGCHAIN_TRACING_V2 = 'false';
  const { Annotation, END, START, StateGraph } = await import('@langchain/langgraph');
  const { SqliteSaver } = await import('@langchain/langgraph-checkpoint-sqlite');
  const checkpointer = SqliteSaver.fromConnString(path);
  checkpointer.db.pragma('journal_mode = WAL');
  checkpointer.db.pragma('synchronous = FULL');
  const State = Annotation.Root({ data: Annotation(), note: Annotation(), step: Annotation() });
  const [first, second, third] = agents;
  const graph = new StateGraph(State)
    .addNode('first', first)
    .addNode('second', second)
    .addNode('third', third)
    .addEdge(START, 'first')
    .addEdge('first', 'second')
    .addEdge('second', 'third')
    .addEdge('third', END)
    .compile({ checkpointer });
  return {
    run: () =>
      graph.invoke(input, {
        configurable: { thread_id: randomUUID() },
        durability: /** @type {const} */ ('sync'),
      }),
    close: () => checkpointer.db.close(),
    version: await installed('@langchain/langgraph-checkpoint-sqlite'),
  };
}
