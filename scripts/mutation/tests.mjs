// A process with a warm vitest. It receives one mutant after the other with the tests to run, and answers with the first
// that fails.
import { fileURLToPath } from 'node:url';
import { createVitest } from 'vitest/node';

const root = fileURLToPath(new URL('../..', import.meta.url));
const vitest = await createVitest('test', {
  root,
  config: fileURLToPath(new URL('vitest.config.ts', import.meta.url)),
  project: ['memory'],
  pool: 'forks',
  watch: false,
  bail: 1,
  reporters: [{}],
  maxWorkers: 1,
  typecheck: { enabled: false },
});
await vitest.init?.();
const [project] = vitest.projects;

// The processes that run tests put the mutant in its place.
process.env.NODE_OPTIONS = `--import ${new URL('with-mutant.mjs', import.meta.url).href}`;

process.on('message', async ({ url, file, tests }) => {
  process.env.KAIZEN_EATP_MUTANT = JSON.stringify({ url, file });
  try {
    let failed;
    for (const test of tests) failed ??= await failureOf(test);
    process.send({ failed });
  } catch (error) {
    process.send({ failed: `the tests do not run: ${error?.message}` });
  }
});
process.on('disconnect', () => process.exit());
process.send('ready');

async function failureOf(test) {
  // What failed before must not count against this one.
  vitest.state.filesMap.clear();
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(
    [project.createSpecification(test)],
    true,
  );
  vitest.state.clearErrors();
  if (unhandledErrors.length > 0) return `an error that nobody caught in ${test.slice(root.length)}`;
  for (const module of testModules) {
    if (module.ok()) continue;
    const [first] = module.children.allTests('failed');
    return first ? first.fullName.slice(0, 80) : `${module.relativeModuleId} does not load`;
  }
  return undefined;
}
