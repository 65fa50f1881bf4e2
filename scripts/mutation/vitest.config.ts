import { defineConfig } from 'vitest/config';
import root from '../../vitest.config.js';

/**
 * The tests of the repository, over the built packages: Node.js loads them itself, which takes a fraction of the time that
 * the sources take, and puts the mutant in the place of a built file.
 */
export default defineConfig({
  ...root,
  root: new URL('../..', import.meta.url).pathname,
  resolve: {},
  test: {
    ...root.test,
    // A mutant that lets a test wait is caught when this time is over.
    testTimeout: 30_000,
    server: { deps: { external: [/[\\/]packages[\\/][^\\/]+[\\/]dist[\\/]/] } },
  },
});
