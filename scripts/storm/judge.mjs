// Judges what a storm left in the store.
import { isDeepStrictEqual } from 'node:util';

/** The anchors of a run and of the runs inside it. */
async function anchorsOf(store, runId) {
  const entries = await store.readTrail(runId);
  const anchors = entries.map(({ text }) => JSON.parse(text));
  for (const { runId: inner } of await store.findRuns({ parentRunId: runId, limit: 1_000 }))
    anchors.push(...(await anchorsOf(store, inner)));
  return anchors;
}

const withoutAttempts = (id) => id.replaceAll(/#\d+/g, '');

/**
 * What succeeded in a run, by its number without those of attempts: the agent, the action and the digest of the input. The
 * order is that of the numbers, which the pattern's requests decide and not the speed of the agents.
 */
export async function actsOf(store, runId) {
  const acts = [];
  for (const { agent_id: agentId, action, context } of await anchorsOf(store, runId)) {
    if (context?.outcome !== 'success' || context.invocation_id === undefined) continue;
    const key = withoutAttempts(context.invocation_id).slice(runId.length);
    acts.push([key, `${agentId} ${action} ${context.input_digest}`]);
  }
  return acts.sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })).map(([, act]) => act);
}

/** In these kinds the number of a call depends on which of several agents was faster. */
const RACING = new Set([
  'chains',
  'parallel',
  'supervisor_worker',
  'ensemble',
  'consensus',
  'debate',
  'map_reduce',
  'tools',
]);

/** @returns what is wrong, each as a line of text; and counts. */
export async function problemsOf({ store, trust }, submitted, states, expected, log) {
  const problems = [];
  const recorded = new Set();
  let [anchors, unknown] = [0, 0];
  for (const { run, runId, kind } of submitted) {
    const wrong = (what) => problems.push(`${runId} (${kind}): ${what}`);
    if (states.get(runId) !== 'succeeded') {
      const error = await run.result().catch((thrown) => thrown);
      wrong(`${states.get(runId)}: ${error?.message}, ${(await run.status()).note}`);
      continue;
    }
    const [result, acts] = [await run.result(), await actsOf(store, runId)];
    if (!isDeepStrictEqual(result, expected[kind].result)) wrong(`another result: ${JSON.stringify(result)}`);
    const order = (list) => (RACING.has(kind) ? list.toSorted() : list);
    if (!isDeepStrictEqual(order(acts), order(expected[kind].acts)))
      wrong('other steps, or in another order');
    const inner = await store.findRuns({ parentRunId: runId, limit: 1_000 });
    for (const id of [runId, ...inner.map((each) => each.runId)]) {
      const { valid, problems: found } = await trust.verifyTrail(id);
      if (!valid) wrong(`an invalid trail ${id}: ${JSON.stringify(found)}`);
      const intents = await store.openIntents({ trailId: id });
      if (intents.length > 0) wrong(`${intents.length} open intents in ${id}`);
    }
    const succeeded = new Set();
    for (const { context } of await anchorsOf(store, runId)) {
      anchors += 1;
      const id = context?.invocation_id;
      if (id === undefined) continue;
      recorded.add(id);
      const key = withoutAttempts(id);
      if (context.outcome === 'unknown') unknown += 1;
      if (succeeded.has(key)) wrong(`${key} was repeated after its success was recorded`);
      if (context.outcome === 'success') succeeded.add(key);
    }
  }
  const unrecorded = [...log].filter((id) => id.startsWith('storm-') && !recorded.has(id));
  for (const id of unrecorded) problems.push(`the act ${id} is not recorded`);
  return { problems, figures: { acts: log.size, anchors, interrupted: unknown } };
}
