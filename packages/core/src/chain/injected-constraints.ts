import { jsonMember, pythonStr } from '../wire/index.js';
import type { ChainRecords } from './chain-records.js';
import { type Constraint, genesisConstraints } from './constraint-envelope.js';

/**
 * Returns the constraints in a chain's envelope that no other signed record of the chain carries: those that a policy
 * put there, and every demand for reasoning. Only the signature over the chain's state covers them, so they must be kept
 * when the envelope is computed again. They are recognised by their values, since nothing signs a constraint's source.
 */
export function injectedConstraints(records: ChainRecords): readonly Constraint[] {
  const active = records.constraintEnvelope?.activeConstraints ?? [];
  if (active.length === 0) return active;
  const derived = derivedLabels(records);
  return active.filter(
    ({ constraintType, value }) => constraintType === 'reasoning_required' || !derived.has(pythonStr(value)),
  );
}

function derivedLabels({ genesis, capabilities, delegations }: ChainRecords): ReadonlySet<string> {
  const single = jsonMember(genesis.metadata, 'constraints');
  return new Set([
    ...(genesisConstraints(genesis) ?? []).map(pythonStr),
    // The reference derives a constraint from each character of a single string.
    ...(typeof single === 'string' ? single : []),
    ...capabilities.flatMap(({ constraints }) => constraints),
    ...delegations.flatMap(({ constraintSubset }) => constraintSubset),
  ]);
}
