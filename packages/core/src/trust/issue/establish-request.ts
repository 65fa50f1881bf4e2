import * as z from 'zod';
import type { CapabilityType } from '../../chain/index.js';
import { idField, jsonObjectField, momentField, parseOptions, type Timestamp } from '../../wire/index.js';
import { agentIdField, capabilityRequestField, isLabel, labelsField } from '../request-fields.js';

/** A capability to attest. */
export interface CapabilityRequest {
  /** The name of an action, or a pattern such as `read_*`. */
  readonly capability: string;
  /** The kind of the capability. Default: `action`. */
  readonly capabilityType?: CapabilityType;
  /** Constraint labels that limit this capability. Default: none. */
  readonly constraints?: readonly string[];
  /** Free-form details that are signed with the capability. Default: none. */
  readonly scope?: object;
}

/** An agent to establish. */
export interface EstablishRequest {
  /** The id of the agent. */
  readonly agentId: string;
  /** The id of the authority that vouches for it. */
  readonly authorityId: string;
  /** The capabilities to attest. */
  readonly capabilities: readonly (string | CapabilityRequest)[];
  /** Constraint labels that are added to every capability. Default: none. */
  readonly constraints?: readonly string[];
  /** Free-form details that are signed with the genesis record. Default: none. */
  readonly metadata?: object;
  /** The expiry time of the whole chain. Default: never. */
  readonly expiresAt?: Date | Timestamp;
  /**
   * Whether `orchestration_participation` and `execute` are attested as well, which an agent needs to take part in
   * an orchestration. Default: true.
   */
  readonly protocolCapabilities?: boolean;
}

/** The schema of {@link EstablishRequest}. */
export const establishRequest = z.strictObject({
  agentId: agentIdField,
  authorityId: idField,
  capabilities: z.array(capabilityRequestField),
  constraints: labelsField.optional(),
  // The reference reads `metadata.constraints` as limits; it would misread, or fail on, anything but a list of labels.
  metadata: jsonObjectField('metadata')
    .refine(({ constraints = [] }) => Array.isArray(constraints) && constraints.every(isLabel), {
      path: ['constraints'],
      message: 'an array of constraint labels',
    })
    .optional(),
  expiresAt: momentField.optional(),
  protocolCapabilities: z.boolean().optional(),
});

/** A request as it was read: frozen, checked in its form, with every capability in the long form. */
export type ParsedEstablishRequest = Readonly<z.output<typeof establishRequest>>;

/** @throws InvalidArgumentError, UnsupportedValueError. */
export const parseEstablishRequest = (given: EstablishRequest): ParsedEstablishRequest =>
  parseOptions(establishRequest, given, 'establish()');
