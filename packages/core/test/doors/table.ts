import { TrustOperations } from '@kaizen-eatp/core';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import fc from 'fast-check';
import type { z } from 'zod';
import { verifyReceiptOptions } from '../../src/receipt/verify-options.js';
import { auditRequest } from '../../src/trust/audit/audit-request.js';
import { exportOptions, importOptions } from '../../src/trust/exchange/exchange-options.js';
import { authorityRecord, authorityRequest } from '../../src/trust/issue/authority-request.js';
import { delegateRequest } from '../../src/trust/issue/delegate-request.js';
import { endTaskRequest } from '../../src/trust/issue/end-task.js';
import { establishRequest } from '../../src/trust/issue/establish-request.js';
import { reattestRequest } from '../../src/trust/issue/reattest-request.js';
import { revokeRequest } from '../../src/trust/issue/revoke-request.js';
import {
  capabilityRequestField,
  humanOriginField,
  reasoningTraceField,
} from '../../src/trust/request-fields.js';
import { deploymentOf } from '../../src/trust/trust-operations.js';
import { hooksOptions, trustOptions } from '../../src/trust/trust-options.js';
import { verificationRequest } from '../../src/trust/verify/verification-request.js';
import { ALICE, BOB, CAROL, type DoorWorld, MALLORY, START } from './world.js';

/** A public function that takes an object from outside. */
export interface Door {
  readonly name: string;
  readonly schema: z.ZodObject;
  /** Valid objects for it. */
  readonly given: fc.Arbitrary<object>;
  /** A name by which it recognises objects of another form. */
  readonly nameOfOtherForm?: string;
  /** Values other than plain objects that it takes as well. */
  readonly alsoTakes?: readonly unknown[];
  /** Calls the function. Its result, or its error, is compared as well as what is stored. */
  call(world: DoorWorld, given: never): unknown;
}

const label = fc.constantFrom('eu', 'read_only', 'slow', 'max_amount', 'audit_required');
const labels = fc.array(label, { maxLength: 3 });
const name = fc.constantFrom('read', 'write', 'read_*', 'wire_money');
const json = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    new Date(START),
    { nested: [{ __proto__: null, a: 1 }] },
    JSON.parse('{"__proto__":{"a":1}}'),
    { constructor: 1 },
  ),
);
const data = fc.dictionary(fc.constantFrom('a', 'b', 'toJSON', 'constructor', 'then'), json, { maxKeys: 3 });
const moment = fc.constantFrom<Date | string>(new Date(START + 3_600_000), '2031-01-02T03:04:05+00:00');
const human = fc.record({
  humanId: fc.constantFrom('dave', 'erin'),
  displayName: fc.constantFrom('Dave', 'Ünïcode 🙂'),
  authProvider: fc.constant('oidc'),
  sessionId: fc.constant('s-1'),
  authenticatedAt: fc.constant('2026-01-05T11:00:00+00:00'),
});
const reasoning = fc.record(
  {
    decision: fc.constant('go'),
    rationale: fc.constant('it is cheap'),
    confidentiality: fc.constantFrom('public', 'secret'),
    timestamp: fc.constant('2026-01-05T11:00:00+00:00'),
    alternativesConsidered: fc.array(
      fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
      { maxLength: 2 },
    ),
    evidence: fc.oneof(fc.array(json, { maxLength: 2 }), data, fc.constant('a note')),
    methodology: fc.constantFrom('guess', null),
    confidence: fc.constantFrom(0.5, 1),
  },
  { requiredKeys: ['decision', 'rationale', 'confidentiality', 'timestamp'] },
);
const capability = fc.record(
  { capability: name, capabilityType: fc.constantFrom('access', 'action'), constraints: labels, scope: data },
  { requiredKeys: ['capability'] },
);
const capabilities = fc.array(fc.oneof(name, capability), { minLength: 1, maxLength: 3 });
const level = fc.constantFrom('quick', 'standard', 'full');

const establish = fc.record(
  {
    agentId: fc.constant(CAROL),
    authorityId: fc.constantFrom('org-acme', 'org-x'),
    capabilities,
    constraints: labels,
    metadata: data,
    expiresAt: moment,
    protocolCapabilities: fc.boolean(),
  },
  { requiredKeys: ['agentId', 'authorityId', 'capabilities'] },
);
const delegation = fc.record(
  {
    delegatorId: fc.constantFrom(ALICE, BOB),
    delegateeId: fc.constantFrom(BOB, ALICE, MALLORY),
    taskId: fc.constantFrom('task-1', 'Aufgabe 🙂'),
    capabilities: fc.array(name, { minLength: 1, maxLength: 2 }),
    additionalConstraints: labels,
    expiresAt: moment,
    humanOrigin: human,
    reasoningTrace: reasoning,
    parentDelegationId: fc.constantFrom(null, 'del-x'),
    lasting: fc.boolean(),
  },
  { requiredKeys: ['delegatorId', 'delegateeId', 'taskId', 'capabilities'] },
);
const audit = fc.record(
  {
    agentId: fc.constant(ALICE),
    action: fc.constantFrom('read', 'lire 🙂'),
    result: fc.constantFrom('success', 'denied'),
    resource: fc.constant('report'),
    context: data,
    parentAnchorId: fc.constant('aud-1'),
    humanOrigin: human,
    reasoningTrace: reasoning,
  },
  { requiredKeys: ['agentId', 'action', 'result'] },
);
const authority = fc.record(
  {
    name: fc.constantFrom('ACME', 'Größe & Söhne'),
    id: fc.constantFrom('org-new', 'org-acme'),
    authorityType: fc.constantFrom('organization', 'system'),
    permissions: fc.subarray(['create_agents', 'delegate_trust']),
    signingKeyId: fc.constant('key-new'),
    parentAuthorityId: fc.constant('org-acme'),
    metadata: data,
  },
  { requiredKeys: ['name'] },
);

/** Every door of core outside runs. Add a row for each new one. */
export const doors: readonly Door[] = [
  {
    name: 'establish()',
    schema: establishRequest,
    given: establish,
    call: ({ trust }, given) => trust.establish(given),
  },
  {
    name: 'a capability of establish()',
    schema: capabilityRequestField.options[1],
    given: capability,
    alsoTakes: ['text'],
    call: ({ trust }, given) =>
      trust.establish({ agentId: CAROL, authorityId: 'org-acme', capabilities: [given] }),
  },
  {
    name: 'reattest()',
    schema: reattestRequest,
    given: fc.record(
      { agentId: fc.constantFrom(ALICE, BOB), capabilities, constraints: labels },
      { requiredKeys: ['agentId', 'capabilities'] },
    ),
    call: ({ trust }, given) => trust.reattest(given),
  },
  {
    name: 'a capability of reattest()',
    schema: capabilityRequestField.options[1],
    given: capability,
    alsoTakes: ['text'],
    call: ({ trust }, given) => trust.reattest({ agentId: ALICE, capabilities: [given] }),
  },
  {
    name: 'delegate()',
    schema: delegateRequest,
    given: delegation,
    call: ({ trust }, given) => trust.delegate(given),
  },
  {
    name: 'the person of delegate()',
    schema: humanOriginField,
    given: human,
    call: ({ trust }, humanOrigin) => trust.delegate({ ...SIMPLE_DELEGATION, humanOrigin }),
  },
  {
    name: 'the reasoning of delegate()',
    schema: reasoningTraceField,
    given: reasoning,
    call: ({ trust }, reasoningTrace) => trust.delegate({ ...SIMPLE_DELEGATION, reasoningTrace }),
  },
  {
    name: 'revoke()',
    schema: revokeRequest,
    given: fc.oneof(
      fc.record({ reason: fc.constant('left'), agentId: fc.constantFrom(ALICE, 'agent-x') }),
      fc.record({ reason: fc.constant('left'), humanId: fc.constant('dave'), cascade: fc.boolean() }),
      fc.record({ reason: fc.constant('left'), delegationId: fc.constant('del-x') }),
    ),
    call: ({ trust }, given) => trust.revoke(given),
  },
  { name: 'audit()', schema: auditRequest, given: audit, call: ({ trust }, given) => trust.audit(given) },
  {
    name: 'verify()',
    schema: verificationRequest,
    given: fc.record(
      {
        agentId: fc.constantFrom(ALICE, BOB, 'agent-x'),
        action: fc.constantFrom('read', 'spend'),
        resource: fc.constant('report'),
        level,
        context: fc.record({ amount: fc.constantFrom(1, 99, 1e21), current_time: moment }),
        delegationId: fc.constant('del-x'),
      },
      { requiredKeys: ['agentId', 'action'] },
    ),
    call: ({ trust }, given) => trust.verify(given),
  },
  {
    name: 'endTask()',
    schema: endTaskRequest,
    given: fc.record({
      taskId: fc.constantFrom('task-1', 'task-2'),
      delegatorId: fc.constantFrom(ALICE, BOB),
    }),
    call: async ({ trust }, given) => {
      await trust.delegate(SIMPLE_DELEGATION);
      return trust.endTask(given);
    },
  },
  {
    name: 'createEnterpriseAuthority()',
    schema: authorityRequest,
    given: authority,
    call: ({ trust }, given) => trust.createEnterpriseAuthority(given),
  },
  {
    name: 'registerAuthority()',
    schema: authorityRecord,
    nameOfOtherForm: 'public_key',
    given: fc.record({ id: fc.constantFrom('org-a', 'org-acme'), metadata: data }).map((more) => ({
      name: 'A',
      authorityType: 'organization',
      publicKey: '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=',
      signingKeyId: 'key-a',
      permissions: ['create_agents'],
      createdAt: '2026-01-05T11:00:00+00:00',
      updatedAt: '2026-01-05T11:00:00+00:00',
      isActive: true,
      ...more,
    })),
    call: ({ trust }, given) => trust.registerAuthority(given),
  },
  {
    name: 'exportChain()',
    schema: exportOptions,
    given: fc.record({ taskId: fc.constantFrom('task-1', 'task-2') }),
    call: async ({ trust }, given) => {
      await trust.delegate(SIMPLE_DELEGATION);
      return trust.exportChain(BOB, given);
    },
  },
  {
    name: 'importChain()',
    schema: importOptions,
    given: fc.record({ overwrite: fc.boolean() }),
    call: async ({ trust }, given) => trust.importChain(await trust.exportChain(ALICE), given),
  },
  {
    name: 'verifyReceipt()',
    schema: verifyReceiptOptions,
    given: fc.record({
      authorities: fc.dictionary(fc.constantFrom('org-acme', 'constructor'), fc.constant('AAAA')),
    }),
    call: ({ receipt }, given) => verifyReceipt(receipt, given),
  },
  {
    name: 'TrustOperations',
    schema: trustOptions,
    given: fc.record(
      {
        maxDelegationDepth: fc.constantFrom(1, 10),
        strictDelegation: fc.boolean(),
        unknownConstraints: fc.constantFrom('report', 'deny'),
        allowUnboundLegacyCapabilities: fc.boolean(),
        allowUnsignedChainState: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
    call: (_world, given) => deploymentOf(new TrustOperations(given) as never).settings,
  },
  {
    name: 'the hooks of TrustOperations',
    schema: hooksOptions,
    given: fc.constant({ beforeVerify: () => 'no', afterVerify: () => 'never' }),
    call: ({ store, keys, clock }, hooks) =>
      new TrustOperations({ store, keyManager: keys, clock, hooks }).verify({
        agentId: ALICE,
        action: 'read',
      }),
  },
];

const SIMPLE_DELEGATION = {
  delegatorId: ALICE,
  delegateeId: BOB,
  taskId: 'task-1',
  capabilities: ['read'],
} as const;
