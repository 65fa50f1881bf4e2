import * as z from 'zod';
import { parseOptions } from '../../wire/index.js';
import { agentIdField, capabilityRequestField, labelsField } from '../request-fields.js';
import type { CapabilityRequest } from './establish-request.js';

/** Capabilities to attest to an agent that has a chain. */
export interface ReattestRequest {
  /** The id of the agent. */
  readonly agentId: string;
  /** Each replaces the attestations of the same name; others stay. */
  readonly capabilities: readonly (string | CapabilityRequest)[];
  /** Constraint labels that are added to every capability named here. Default: none. */
  readonly constraints?: readonly string[];
}

/** The schema of {@link ReattestRequest}. */
export const reattestRequest = z.strictObject({
  agentId: agentIdField,
  capabilities: z.array(capabilityRequestField),
  constraints: labelsField.optional(),
});

/** @throws InvalidArgumentError, UnsupportedValueError. */
export const parseReattestRequest = (given: ReattestRequest) =>
  parseOptions(reattestRequest, given, 'reattest()');
