import { becomes } from '../conformance/within.js';
import type { ScriptedAgent } from '../fakes/scripted-agent.js';

/** Waits until no agent is at work. An agent in another process notices the end of a call a moment later. */
export async function untilEnded(agents: readonly ScriptedAgent[], bound: number): Promise<void> {
  await becomes(() => !agents.some(({ calls }) => calls.some(({ outcome }) => outcome === 'running')), bound);
}

/** Waits until no further agent starts, so that all agents that work concurrently have started. */
export async function untilQuiet(agents: readonly ScriptedAgent[]): Promise<void> {
  for (let quiet = 0, before = -1; quiet < 3; ) {
    const now = agents.reduce((sum, agent) => sum + agent.calls.length, 0);
    quiet = now === before ? quiet + 1 : 0;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
