import { defineConfig } from 'vitest/config';
import root from '../../../../vitest.config.js';

/** For the run within a test: what is described here fails, and is to fail. */
export default defineConfig({
  ...root,
  cacheDir: '../../../../node_modules/.vite',
  test: { include: ['*.described.ts'], testTimeout: 30_000 },
});
