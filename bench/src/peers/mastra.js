import { z } from 'zod';
import { installed } from '../installed.js';
import { agents, input } from '../work.js';

export const name = 'mastra';

const inputSchema = z.object({ data: z.array(z.number()), note: z.string() });
const outputSchema = inputSchema.extend({ step: z.number() });

/** A workflow of three steps, committed once and belonging to no Mastra instance, so without storage and tracing. */
export async function setup() {
  // Read when a run may report its use, not when the package is loaded.
  process.env.MASTRA_TELEMETRY_DISABLED = '1';
  const { createStep, createWorkflow } = await import('@mastra/core/workflows');

  const [first, second, third] = agents.map((agent, index) =>
    createStep({
      id: `step-${index + 1}`,
      inputSchema: index === 0 ? inputSchema : outputSchema,
      outputSchema,
      execute: ({ inputData }) => agent(inputData),
    }),
  );
  const workflow = createWorkflow({ id: 'three-agents', inputSchema, outputSchema })
    .then(first)
    .then(second)
    .then(third)
    .commit();

  return {
    async run() {
      const run = await workflow.createRun({ disableScorers: true });
      const outcome = await run.start({ inputData: input });
      if (outcome.status !== 'success') throw new Error(`Mastra's run ended as ${outcome.status}`);
      return outcome.result;
    },
    teardown() {},
    version: await installed('@mastra/core'),
  };
}
