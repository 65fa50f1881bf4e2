import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

// Loaded before the programs that a suite or a test starts: puts the mutant in the place of the built file. Nothing on the
// disk changes. Without a mutant it does nothing.
const { url, file } = JSON.parse(process.env.KAIZEN_EATP_MUTANT ?? '{}');
if (url) {
  registerHooks({
    load: (loaded, context, next) =>
      loaded === url
        ? { format: 'module', source: readFileSync(file, 'utf8'), shortCircuit: true }
        : next(loaded, context),
  });
}
