import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { ts } from './operators.mjs';

// Loaded before a program of the suite: puts the mutant in the place of the built file. Nothing on the disk changes.
const { url, file } = JSON.parse(process.env.KAIZEN_EATP_MUTANT);
registerHooks({
  load(loaded, context, next) {
    if (loaded !== url) return next(loaded, context);
    const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), {
      compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
    });
    return { format: 'module', source: outputText, shortCircuit: true };
  },
});
