// A process with a warm vitest. It receives one mutant after the other with the tests to run, and answers with the first
// that fails.
import { fileURLToPath } from 'node:url';
import { createVitest } from 'vitest/node';

const root = fileURLToPath(new URL('../..', import.meta.url));
const vitest = await createVitest('test', {
  root,
  config: fileURLToPath(new URL('vitest.config.ts', import.meta.url)),
  project: ['memory'],
  watch: false,
  bail: 1,
  reporters: [{}],
  maxWorkers: 1,
  typecheck: { enabled: false },
});
await vitest.init?.();
const [project] = vitest.projects;

process.on('message', async ({ path, source, tests }) => {
  // The file that the mutant before stood in for is as it was.
  for (const changed of [globalThis.kaizenEatpMutant?.path, path])
    if (changed) vitest.invalidateFile(changed);
  globalThis.kaizenEatpMutant = { path, source };
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
