import { installed } from '../installed.js';
import { agents, input } from '../work.js';

export const name = 'langgraph';

/** A graph of three nodes, compiled once, without a checkpointer. */
export async function setup() {
  // A developer's own settings must not make it trace, which would put the network into the times.
  process.env.LANGSMITH_TRACING = process.env.LANGCHAIN_TRACING_V2 = 'false';
  const { Annotation, END, START, StateGraph } = await import('@langchain/langgraph');

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
    .compile();

  return {
    run: () => graph.invoke(input),
    teardown() {},
    version: await installed('@langchain/langgraph'),
  };
}
