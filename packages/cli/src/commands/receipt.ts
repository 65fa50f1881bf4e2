import { type ReceiptVerification, verifyReceipt } from '@kaizen-eatp/core/receipt';
import { auditAnchorCodec } from '@kaizen-eatp/core/records';
import { usage } from '../errors.js';
import { counted, fields } from '../output/lines.js';
import { keysOf, parseRoots } from '../session/roots-file.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';
import { readText } from './authority.js';

/** Verifies a receipt against the authorities that the caller trusts. */
export async function verify(session: Session, given: Given): Promise<Outcome> {
  const verification = await judge(session, given);
  return {
    yes: verification.problems.length === 0 && verification.isPinned,
    result: verdictJson(verification),
    lines: describeVerdict(verification),
  };
}

/** Shows the steps of a run. */
export async function show(session: Session, given: Given): Promise<Outcome> {
  const verification = await judge(session, given);
  const { anchors, delegations } = verification;
  return {
    yes: verification.problems.length === 0 && verification.isPinned,
    result: {
      ...verdictJson(verification),
      anchors: anchors.map((anchor) => auditAnchorCodec.encode(anchor)),
      delegations: delegations.map(
        ({ id, delegatorId, delegateeId, capabilitiesDelegated, constraintSubset }) => ({
          id,
          from: delegatorId,
          to: delegateeId,
          capabilities: capabilitiesDelegated,
          constraints: constraintSubset,
        }),
      ),
    },
    lines: [
      ...describeVerdict(verification),
      `  ${counted(anchors.length, 'step')}:`,
      ...anchors.map(
        ({ timestamp, result, agentId, action, resource }, i) =>
          `    ${String(i + 1).padStart(3)}  ${timestamp}  ${result.padEnd(7)}  ${agentId}  ${action}${resource ? ` on ${resource}` : ''}`,
      ),
      `  ${counted(delegations.length, 'delegation')}:`,
      ...delegations.map(
        ({ delegatorId, delegateeId, capabilitiesDelegated, constraintSubset }) =>
          `    ${delegatorId} to ${delegateeId}: ${capabilitiesDelegated.join(', ')}${constraintSubset.length > 0 ? ` [${constraintSubset.join(', ')}]` : ''}`,
      ),
    ],
  };
}

function judge(session: Session, given: Given): Promise<ReceiptVerification> {
  const text = readText(given.argument(0));
  const authorities = pinned(session, given);
  // A file that an editor or the shell wrote can end with a line feed.
  return verifyReceipt(
    text.replace(/\r?\n$/, ''),
    Object.keys(authorities).length > 0 ? { authorities } : {},
  );
}

/** The authorities of the options, else those that the deployment has pinned. @throws CliError `COMMAND_USAGE`. */
function pinned(session: Session, given: Given): Readonly<Record<string, string>> {
  const file = given.text('authorities');
  const pairs = given.each('authority').map((pair) => {
    const [, id, key] = /^([^=]+)=(.+)$/s.exec(pair) ?? [];
    if (id !== undefined && key !== undefined) return [id, key] as const;
    throw usage('`--authority` names an authority and its public key', {
      expected: 'ID=KEY, with KEY in base64',
      received: `'${pair}'`,
    });
  });
  const fromFile = file === undefined ? {} : keysOf(parseRoots(readText(file), file));
  if (pairs.length > 0 || file !== undefined) return { ...fromFile, ...Object.fromEntries(pairs) };
  return keysOf(session.roots());
}

function verdictJson(verification: ReceiptVerification) {
  const { isPinned, runId, taskId, authorities, anchors } = verification;
  const problems = problemsIn(verification);
  return {
    valid: problems.length === 0 && isPinned,
    consistent: problems.length === 0,
    pinned: isPinned,
    problems,
    run_id: runId,
    task_id: taskId,
    steps: anchors.length,
    authorities: authorities.map(({ id, name, publicKey }) => ({ id, name, public_key: publicKey })),
  };
}

/** The problems as sentences. */
const problemsIn = ({ problems }: ReceiptVerification): string[] =>
  problems.map(({ code, reason }) => `${code}: ${reason}`);

function describeVerdict(verification: ReceiptVerification): string[] {
  const { isPinned, runId, taskId, authorities, anchors } = verification;
  const problems = problemsIn(verification);
  const agents = new Set(anchors.map(({ agentId }) => agentId));
  return [
    ...verdictLines(problems, isPinned),
    ...fields([
      ['Run', runId],
      ['Task', taskId],
      ['Steps', anchors.length],
      ['Agents', [...agents].join(', ')],
      ['Authorities', authorities.map(({ id, name }) => `${id} (${name})`).join(', ')],
    ]),
  ];
}

function verdictLines(problems: readonly string[], isPinned: boolean): string[] {
  if (problems.length > 0)
    return [`INVALID: ${counted(problems.length, 'problem')}.`, ...problems.map((problem) => `  ${problem}`)];
  if (isPinned) return ['VALID: every record is as the trusted authorities signed it.'];
  return [
    'CONSISTENT: the records fit together, but nothing shows who signed them.',
    '  Pass the authorities that you trust: --authority ID=KEY or --authorities FILE.',
  ];
}
