import { fileURLToPath } from 'node:url';
import { type OrchestrationResult, TrustAwareWorkflowBuilder } from '@kaizen-eatp/core';
import { WorkflowValidationError } from '@kaizen-eatp/core/errors';
import { verifyReceipt } from '@kaizen-eatp/core/receipt';
import { assembleTeam, type Team } from './team.ts';

/** Builds a workflow of three agents and runs it on a year of incidents. */
export async function main(
  print: (line: string) => void = console.log,
): Promise<OrchestrationResult<string>> {
  const { trust, acme, researcher, analyst, writer } = await assembleTeam();
  const workflow = await new TrustAwareWorkflowBuilder(trust)
    .addAgent(researcher, ['search'])
    .addAgent(analyst, ['analyze'])
    .addAgent(writer, ['write'])
    .connect(researcher, analyst, ['analyze'])
    .connect(analyst, writer, ['write'])
    .build();
  print(workflow.toMermaid());

  const result = (await workflow.execute(
    { service: 'payments' },
    { taskId: 'outages-2025' },
  )) as OrchestrationResult<string>;
  print(result.result);
  print(`\nDelegations: ${result.delegations.length}`);
  for (const { delegatorId, delegateeId, capabilitiesDelegated } of result.delegations) {
    print(`  ${delegatorId} → ${delegateeId}: ${capabilitiesDelegated.join()}`);
  }
  print(`Audit entries: ${result.auditTrail.length}`);
  for (const { agentId, action, result: outcome } of result.auditTrail) {
    print(`  ${agentId.padEnd(17)} ${action.padEnd(24)} ${outcome}`);
  }
  const { valid } = await verifyReceipt(await result.receipt(), {
    authorities: { [acme.id]: acme.publicKey },
  });
  print(`Receipt: ${valid ? 'valid' : 'NOT VALID'}`);

  const { problems } = await buildWrongly(await assembleTeam());
  print('\nA workflow that cannot be trusted is not built:');
  for (const { kind, message } of problems) print(`  ${kind}: ${message}`);
  return result;
}

/** Builds a workflow in which the writer delegates a capability that it does not hold. */
export async function buildWrongly({
  trust,
  researcher,
  analyst,
  writer,
}: Team): Promise<WorkflowValidationError> {
  const builder = new TrustAwareWorkflowBuilder(trust)
    .addAgent(researcher, ['search', 'publish'])
    .addAgent(writer)
    .connect(writer, researcher, ['search'])
    .connect(researcher, analyst, ['analyze']);
  try {
    await builder.build();
  } catch (error) {
    if (error instanceof WorkflowValidationError) return error;
    throw error;
  }
  throw new Error('The workflow was built');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
