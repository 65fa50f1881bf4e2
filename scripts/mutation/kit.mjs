// A process that is warm before its mutants come: it tries the conformance suite on one after the other, and answers with
// the first requirement that fails.
import { registerHooks } from 'node:module';

import { tryRequirement } from '../../packages/testing/dist/conformance/requirement.js';
import { suites } from '../../packages/testing/dist/index.js';
import { completeSetup } from '../../packages/testing/dist/pattern/complete-setup.js';
import { PatternTrial } from '../../packages/testing/dist/pattern/pattern-trial.js';
import { StoreTrial } from '../../packages/testing/dist/store/store-trial.js';
import { PARTS } from './parts.mjs';
import { placesOf } from './places.mjs';

const root = new URL('../../', import.meta.url);
/** After this much processor time a mutant can have left something at work, so that the process is not used again. */
const ENOUGH = 4_000_000;
let current;
let count = 0;

const answer = (failed, isWorn = false) => process.send({ failed, isWorn });
const stop = (error) => {
  answer(`an error that nobody caught: ${String(error?.message ?? error).slice(0, 80)}`, true);
};
process.on('unhandledRejection', stop);
process.on('uncaughtException', stop);
process.on('disconnect', () => process.exit());

process.on('message', async ({ part, subjects, url, code, file, setup }) => {
  count += 1;
  const { reload, entry } = PARTS[part];
  current = { folder: new URL(reload, root).href, url, code, suffix: `?mutant=${count}` };
  // Processes that the suite starts have the same mutant.
  process.env.KAIZEN_EATP_MUTANT = JSON.stringify({ url, file });
  process.env.NODE_OPTIONS = `--import ${new URL('with-mutant.mjs', import.meta.url).href}`;
  const before = process.cpuUsage();
  let failed;
  try {
    const mutated = await import(`${new URL(entry, root).href}${current.suffix}`);
    failed = await (part === 'patterns' ? ofPatterns(mutated, subjects) : ofStore(part, mutated, setup));
  } catch (error) {
    failed = `does not load: ${String(error?.message ?? error).slice(0, 80)}`;
  }
  const { user, system } = process.cpuUsage(before);
  // What goes wrong a little later is the mutant's doing, too.
  setTimeout(() => answer(failed, user + system > ENOUGH), 20);
});

// A folder's modules are loaded anew, next to those that the suite itself uses, with the mutant among them.
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const suffix = /\?mutant=\d+$/.exec(context.parentURL ?? '')?.[0];
    return suffix && resolved.url.startsWith(current.folder)
      ? { ...resolved, url: `${resolved.url}${suffix}` }
      : resolved;
  },
  load: (loaded, context, next) =>
    loaded === `${current?.url}${current?.suffix}`
      ? { format: 'module', source: current.code, shortCircuit: true }
      : next(loaded, context),
});
process.send('ready');

async function firstFailure(requirements, trial) {
  for (const requirement of requirements) {
    if (requirement.appliesTo && !requirement.appliesTo(trial)) continue;
    const { passed, id, observation } = await tryRequirement(requirement, trial);
    if (!passed) return `${id}: ${observation.slice(0, 160)}`;
  }
  return undefined;
}

async function ofPatterns({ allPatterns }, names) {
  const { patternSetups } = await import('../../packages/patterns/test/pattern-setups.ts');
  const { OrchestrationRuntime } = await import('../../packages/core/dist/index.js');
  for (const pattern of allPatterns) {
    const [name] = new OrchestrationRuntime({ agents: { one: () => 0 }, patterns: [pattern] }).patternNames;
    if (!names.includes(name)) continue;
    for (const { victim: _, ...setup } of patternSetups[name]) {
      const trial = new PatternTrial(completeSetup(pattern, setup));
      const stopWatching = trial.watch();
      try {
        await trial.ok();
        const failed = await firstFailure(suites.pattern, trial);
        if (failed) return failed;
      } finally {
        stopWatching();
      }
    }
  }
  return undefined;
}

async function ofStore(part, mutated, given) {
  const { factory, setup } = placesOf(part, mutated, given);
  const trial = new StoreTrial(factory, setup);
  // What takes seconds comes last.
  const slow = /WATCH-LASTS|LONG-TEXTS|ANOTHER-PROCESS|COMPARES-EACH-TIME/;
  const [quick, last] = [
    suites.trustStore.filter(({ id }) => !slow.test(id)),
    suites.trustStore.filter(({ id }) => slow.test(id)),
  ];
  return firstFailure([...quick, ...last], trial);
}
