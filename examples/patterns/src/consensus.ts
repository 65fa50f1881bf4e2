import { fileURLToPath } from 'node:url';
import type { OrchestrationResult } from '@kaizen-eatp/core';
import type { ConsensusResult, Vote } from '@kaizen-eatp/patterns';
import { json, type Print, printTrail, team } from './team.ts';

interface Release {
  readonly version: string;
  readonly changes: readonly string[];
  readonly tests: { readonly passed: number; readonly failed: number };
  readonly coverage: { readonly lines: number; readonly covered: number };
  readonly advisories: readonly {
    readonly package: string;
    readonly severity: string;
    readonly fixed: boolean;
  }[];
  readonly bundleBytes: { readonly before: number; readonly after: number };
}

const release: Release = json('release.json');

const proposer = {
  run: () => undefined,
  propose({ topic }: { topic: Release }) {
    const [major = 0, minor = 0, patch = 0] = topic.version.split('.').map(Number);
    const isFeature = topic.changes.some((change) => change.startsWith('feat'));
    const next = isFeature ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`;
    return {
      proposal: { next, release: topic },
      rationale: `${topic.changes.length} changes since ${topic.version}`,
    };
  },
};

const voter = (judge: (release: Release) => Vote) => ({
  run: () => undefined,
  vote: ({ proposal }: { proposal: { release: Release } }) => judge(proposal.release),
});

const tester = voter(({ tests: { passed, failed } }) => ({
  vote: failed === 0 ? 'approve' : 'reject',
  reasoning: `${passed} tests passed, ${failed} failed`,
  confidence: 1,
}));

const coverage = voter(({ coverage: { lines, covered } }) => ({
  vote: covered / lines >= 0.9 ? 'approve' : 'reject',
  reasoning: `${((100 * covered) / lines).toFixed(1)} % of lines are covered`,
  confidence: 0.8,
}));

const security = voter(({ advisories }) => {
  const open = advisories
    .filter(({ fixed }) => !fixed)
    .map((advisory) => `${advisory.package} (${advisory.severity})`);
  return {
    vote: open.length > 0 ? 'reject' : 'approve',
    reasoning: `open: ${open.join() || 'none'}`,
    confidence: 0.9,
  };
});

const size = voter(({ bundleBytes: { before, after } }) => ({
  vote: after / before > 1.05 ? 'reject' : 'approve',
  reasoning: `the bundle grew by ${((100 * after) / before - 100).toFixed(1)} %`,
}));

/** Four reviewers vote on a release; three quarters must approve. */
export async function main(print: Print = console.log): Promise<OrchestrationResult<ConsensusResult>> {
  const runtime = await team({
    proposer: { agent: proposer, capabilities: ['vote'] },
    tester: { agent: tester },
    coverage: { agent: coverage },
    security: { agent: security },
    size: { agent: size },
  });
  const result = await runtime.execute(release, {
    pattern: 'consensus',
    taskId: 'release',
    options: { quorum: 1, threshold: 0.75, constraints: ['read_only'] },
  });
  const { outcome, voteSummary, votes } = result.result;
  print(`${outcome}: ${voteSummary}`);
  for (const { voter: name, vote, reasoning } of votes) print(`  ${name}: ${vote}, ${reasoning}`);
  printTrail(result, print);
  return result;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
