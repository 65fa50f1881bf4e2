// Runs the conformance suite on the mutant, and ends with 1 at the first requirement that fails.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryRequirement } from '../../packages/testing/dist/conformance/requirement.js';
import { suites } from '../../packages/testing/dist/index.js';
import { completeSetup } from '../../packages/testing/dist/pattern/complete-setup.js';
import { PatternTrial } from '../../packages/testing/dist/pattern/pattern-trial.js';
import { StoreTrial } from '../../packages/testing/dist/store/store-trial.js';

const [subject, ...names] = process.argv.slice(2);

async function expectAll(requirements, trial) {
  for (const requirement of requirements) {
    if (requirement.appliesTo && !requirement.appliesTo(trial)) continue;
    const { passed, id } = await tryRequirement(requirement, trial);
    if (passed) continue;
    console.log(id);
    process.exit(1);
  }
}

async function patterns() {
  const exported = await import('../../packages/patterns/dist/index.js');
  const { patternSetups } = await import('../../packages/patterns/test/pattern-setups.ts');
  const { OrchestrationRuntime } = await import('../../packages/core/dist/index.js');
  for (const pattern of exported.allPatterns) {
    const [name] = new OrchestrationRuntime({ agents: { one: () => 0 }, patterns: [pattern] }).patternNames;
    if (!names.includes(name)) continue;
    for (const { victim: _, ...setup } of patternSetups[name]) {
      const trial = new PatternTrial(completeSetup(pattern, setup));
      trial.watch();
      await trial.ok();
      await expectAll(suites.pattern, trial);
    }
  }
}

async function store() {
  const { MemoryTrustStore } = await import('../../packages/core/dist/index.js');
  const { SqliteTrustStore } =
    subject === 'sqlite' ? await import('../../packages/store-sqlite/dist/index.js') : {};
  const memory = () => {
    const one = new MemoryTrustStore();
    return { open: () => one };
  };
  const sqlite = () => {
    const folder = mkdtempSync(join(tmpdir(), 'kaizen-eatp-mutant-'));
    return {
      open: () => SqliteTrustStore.open({ path: join(folder, 'trust.db') }),
      dispose: () => rmSync(folder, { recursive: true }),
    };
  };
  const isSqlite = subject === 'sqlite';
  const abilities = { shared: true, reopen: isSqlite, maintenance: isSqlite };
  await expectAll(suites.trustStore, new StoreTrial(isSqlite ? sqlite : memory, { abilities }));
}

process.on('unhandledRejection', (error) => {
  console.log(`unhandled: ${error}`);
  process.exit(1);
});
await (subject === 'patterns' ? patterns() : store());
process.exit(0);
