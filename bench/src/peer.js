/**
 * What a peer is: a module in `peers/`, of one of the two kinds below.
 *
 * @typedef {object} Peer  A peer that runs in this process, and so takes part in the interleaved rounds.
 * @property {string} name  Its name in the table.
 * @property {boolean} [noAgents]  True if it runs no agents, so that `run` has no output to check.
 * @property {(context: Context) => Promise<PeerInstance>} setup
 *   Makes an instance that shares nothing with an earlier one. All that is done once (keys, authorities,
 *   establishing agents, compiling a graph) is done here, so that `run` holds only what every run costs.
 *
 * @typedef {object} PeerInstance
 * @property {() => Promise<unknown>} run
 *   One run: the three agents of `work.js`, in sequence, on `work.js`'s input. Resolves to what the last agent
 *   returned. Rejects if anything at all went wrong: a run that failed quickly must not count as a fast one.
 * @property {() => Promise<unknown>} [verify]
 *   One verification, at `standard`, of an agent with two capabilities. Rejects if the agent is refused.
 * @property {Uint8Array[]} [signedMessages]
 *   The exact bytes of every message signed in one run, in order; what `bare-ed25519` signs.
 * @property {() => unknown} teardown  Frees what would keep the process alive or the heap full. May be async.
 * @property {string} [version]  What was measured, for the list under the table.
 *
 * @typedef {object} Context
 * @property {Uint8Array[]} [signedMessages]  Those of `ours`; absent when it was left out.
 *
 * @typedef {object} ExternalPeer  A peer in another process, which times itself.
 * @property {string} name
 * @property {(scale: import('./effort.js').Scale) => Promise<ExternalTimes>} measure
 *
 * @typedef {object} ExternalTimes  Medians.
 * @property {import('./measure.js').Cost} firstRuns
 * @property {import('./measure.js').Cost} after60Runs
 * @property {import('./measure.js').Cost} verify
 * @property {string} version
 */

/** Set up in this order: `ours` first, since `bare` signs the messages that `ours` signs. */
export const inProcess = ['ours', 'sodium', 'traced', 'bare', 'langgraph', 'mastra'];
export const all = [...inProcess, 'reference'];

/**
 * Loads a peer. A peer that cannot be loaded ends the benchmark: a table with a row missing is easily misread.
 * @param {string} id
 */
export async function load(id) {
  try {
    return await import(`./peers/${id}.js`);
  } catch (cause) {
    const hint = id === 'ours' ? ' Have the packages been built (npm run build)?' : '';
    throw new Error(`peer "${id}" cannot be loaded.${hint} Use --without ${id} to leave it out.`, { cause });
  }
}
