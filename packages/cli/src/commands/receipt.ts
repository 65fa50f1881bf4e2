import { type ReceiptContent, type ReceiptVerification, verifyReceipt } from '@kaizen-eatp/core/receipt';
import { auditAnchorCodec, humanOriginCodec } from '@kaizen-eatp/core/records';
import { usage } from '../errors.js';
import { counted, fields } from '../output/lines.js';
import { attempt } from '../reading/rows.js';
import { keysOfPin, parseRoots, type Roots } from '../session/roots-file.js';
import type { Session } from '../session/session.js';
import { reasonOf } from '../siem/printer.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';
import { readText } from './authority.js';

/** Verifies a receipt against the authorities that the caller trusts. */
export async function verify(session: Session, given: Given): Promise<Outcome> {
  const verification = await judge(session, given, receiptText(given));
  return {
    yes: verification.problems.length === 0 && verification.isPinned,
    result: verdictJson(verification),
    lines: describeVerdict(verification),
  };
}

/** Shows the steps of a run. */
export async function show(session: Session, given: Given): Promise<Outcome> {
  const text = receiptText(given);
  const verification = await judge(session, given, text);
  const { anchors, delegations } = verification;
  const people = peopleIn(text);
  return {
    yes: verification.problems.length === 0 && verification.isPinned,
    result: {
      ...verdictJson(verification),
      people,
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
      ...fields([
        ['For', people.map(({ name, id }) => `${name} (${id})`).join('; ') || 'no person that it names'],
      ]),
      `  ${counted(anchors.length, 'step')}:`,
      ...anchors.map(
        ({ timestamp, result, agentId, action, resource, context }, i) =>
          `    ${String(i + 1).padStart(3)}  ${timestamp}  ${result.padEnd(7)}  ${agentId}  ${action}${resource ? ` on ${resource}` : ''}${result === 'success' ? '' : reasonOf(context)}`,
      ),
      `  ${counted(delegations.length, 'delegation')}:`,
      ...delegations.map(
        ({ delegatorId, delegateeId, capabilitiesDelegated, constraintSubset }) =>
          `    ${delegatorId} to ${delegateeId}: ${capabilitiesDelegated.join(', ')}${constraintSubset.length > 0 ? ` [${constraintSubset.join(', ')}]` : ''}`,
      ),
    ],
  };
}

// A file that an editor or the shell wrote can end with a line feed.
const receiptText = (given: Given): string => readText(given.argument(0)).replace(/\r?\n$/, '');

/** The people on whose behalf the run acted, as the receipt discloses them. Its verification compares them with the signed digests. */
function peopleIn(text: string): readonly { readonly id: string; readonly name: string }[] {
  const { disclosures } = JSON.parse(text) as ReceiptContent;
  return disclosures.flatMap(({ origin }) => {
    const person = attempt(() => humanOriginCodec.decodeText(origin));
    return person ? [{ id: person.humanId, name: person.displayName }] : [];
  });
}

/** After a rotation, older receipts are signed with an earlier key of their authority: each is tried, the newest first. */
async function judge(session: Session, given: Given, text: string): Promise<ReceiptVerification> {
  const choices = pinned(session, given);
  let first: ReceiptVerification | undefined;
  for (const authorities of choices) {
    const verification = await verifyReceipt(
      text,
      Object.keys(authorities).length > 0 ? { authorities } : {},
    );
    if (verification.problems.length === 0) return verification;
    first ??= verification;
  }
  return first as ReceiptVerification;
}

/** The authorities of the options, else those that the deployment has pinned. @throws CliError `COMMAND_USAGE`. */
function pinned(session: Session, given: Given): readonly Keys[] {
  const file = given.text('authorities');
  const pairs = given.each('authority').map((pair) => {
    const [, id, key] = /^([^=]+)=(.+)$/s.exec(pair) ?? [];
    if (id !== undefined && key !== undefined && /^[A-Za-z0-9+/]{43}=$/.test(key)) return [id, key] as const;
    throw usage('`--authority` names an authority and its public key', {
      expected: 'ID=KEY, with KEY in base64 of 32 bytes',
      received: `'${pair}'`,
    });
  });
  const fromFile = file === undefined ? [{}] : keyRounds(parseRoots(readText(file), file));
  if (pairs.length > 0 || file !== undefined)
    return fromFile.map((keys) => ({ ...keys, ...Object.fromEntries(pairs) }));
  return keyRounds(session.roots());
}

type Keys = Readonly<Record<string, string>>;

/** The newest keys of all authorities, then those before them, and so on. */
function keyRounds(roots: Roots): Keys[] {
  const histories = Object.entries(roots).map(([id, pin]) => [id, keysOfPin(pin)] as const);
  const rounds = Math.max(1, ...histories.map(([, keys]) => keys.length));
  return Array.from({ length: rounds }, (_, round) =>
    Object.fromEntries(histories.map(([id, keys]) => [id, keys[Math.min(round, keys.length - 1)] as string])),
  );
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
