import { TrustOperations } from '@kaizen-eatp/core';
import { importUncoalesced, MARK } from '../import-uncoalesced.js';
import { PYTHON, pythonFile } from '../python-child.js';

/**
 * A worker with the agent `echo`.
 * @param {{ verify: 'off' | 'signature' | 'full', python?: string, isCoalesced?: boolean, agents?: string[],
 *   bridgeOptions?: object }} options
 */
export async function spawnEcho({
  verify,
  python = PYTHON,
  isCoalesced = true,
  agents = ['echo'],
  bridgeOptions,
}) {
  const { spawnPythonAgents } = isCoalesced
    ? await import('@kaizen-eatp/bridge-python')
    : await importUncoalesced();
  const trust = new TrustOperations();
  const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'Bench' });
  const workers = await spawnPythonAgents({
    trust,
    authorityId,
    module: pythonFile('echo_agents.py'),
    agents,
    bridgeOptions,
    python,
    verify,
    env: { PYTHONDONTWRITEBYTECODE: '1', ...(isCoalesced ? {} : { BENCH_UNCOALESCED: '1' }) },
    onLog: (line) => {
      if (/error|warning|Traceback/i.test(line)) console.error(line);
    },
  });
  return Object.assign(workers, { authorityId });
}

/** What the guard calls, without the guard: no public way leads around it, so this one is taken from the inside. */
export async function bare({ isCoalesced = true } = {}) {
  const { pids, close, call } = await bareAgents(['echo'], isCoalesced);
  return { pids, close, call: (/** @type {unknown} */ value) => call('echo', value) };
}

/** @param {string[]} agents */
export async function bareAgents(agents, isCoalesced = true) {
  const { bridge, pids, close } = await spawnEcho({ verify: 'off', isCoalesced, agents });
  // The copy of the module that the bridge came from.
  const module = `../../../../packages/bridge-python/dist/python-bridge.js${isCoalesced ? '' : MARK}`;
  const { internalsOf } = await import(module);
  const { bareAgent } = internalsOf(bridge);
  return {
    pids,
    close,
    /** @param {string} name @param {unknown} value @returns {Promise<unknown>} */
    call: (name, value) => bareAgent(name).run(value, /** @type {never} */ (undefined)),
  };
}

/** With all that trust asks for: verified, delegated or by its own right, proven, checked in Python, audited. */
export async function guarded(/** @type {'signature' | 'full'} */ verify) {
  const python = process.env.KAIZEN_PYTHON;
  if (!python)
    throw new Error('set KAIZEN_PYTHON to a Python that has kailash[trust], or use --without bridge');
  const { agents, pids, close } = await spawnEcho({ verify, python });
  return {
    pids,
    /** @param {unknown} value */
    call: (value) => agents.echo.run(value, { standalone: true }),
    close,
  };
}
