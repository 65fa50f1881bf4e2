// Makes the bundle of the workflow, which Temporal's sandbox loads: with it workers start without a bundler.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('./dist/run-workflow.js', import.meta.url)),
  logger: new DefaultLogger('WARN'),
});
writeFileSync(new URL('./dist/run-workflow.bundle.cjs', import.meta.url), code);
