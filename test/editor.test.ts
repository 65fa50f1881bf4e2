import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LanguageServer } from './language-server.js';

const root = fileURLToPath(new URL('..', import.meta.url));
let server: LanguageServer;

beforeAll(async () => {
  // An editor reads the built form of a package.
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const build = (...args: string[]) =>
    promisify(execFile)(process.execPath, [compiler, ...args], { cwd: root });
  await build('-b', 'packages/core', 'packages/patterns', 'packages/testing');
  await build('-p', 'examples/pattern-plugin-map-reduce');
  server = await LanguageServer.start(root);
}, 120_000);

afterAll(() => server?.close());

it('an editor offers the names and options of patterns, a third party’s included', async () => {
  const [names, ours, theirs, words, roles] = await server.completions(
    'examples/patterns/src/unsaved.ts',
    `import type { TrustAwareOrchestrationRuntime } from '@kaizen-eatp/core';
import type { Voter } from '@kaizen-eatp/patterns';
import 'kaizen-eatp-pattern-map-reduce';

declare const runtime: TrustAwareOrchestrationRuntime;
runtime.execute(1, { pattern: '<>' });
runtime.execute(1, { pattern: 'consensus', options: { <> } });
runtime.execute(1, { pattern: 'map_reduce', options: { <> } });
runtime.execute(1, { pattern: 'parallel', options: { onFailure: '<>' } });
const alice = { run: () => 1, vote: () => ({ vote: '<>' }) } satisfies Voter & { run(): number };
`,
  );
  expect(names?.toSorted()).toEqual([
    'blackboard',
    'consensus',
    'debate',
    'ensemble',
    'handoff',
    'map_reduce',
    'parallel',
    'router',
    'sequential',
    'supervisor_worker',
  ]);
  expect(ours?.toSorted()).toEqual([
    'aggregator?',
    'constraints?',
    'context?',
    'proposer?',
    'quorum?',
    'threshold?',
  ]);
  expect(theirs?.toSorted()).toEqual(['capability?', 'chunk', 'constraints?']);
  expect(words?.toSorted()).toEqual(['collect', 'fail']);
  expect(roles?.toSorted()).toEqual(['abstain', 'approve', 'reject']);
}, 60_000);
