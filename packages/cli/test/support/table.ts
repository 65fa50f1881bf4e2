/** A call of the command in a script that runs over every kind of store, with what it must do. */
export interface Case {
  /** The words, separated by spaces; `{x}` stands for a value that an earlier case kept. Quotes join words. */
  readonly call: string;
  /** The exit code. Default: 0. */
  readonly code?: number;
  /** The expected result of a call with `--json`. */
  readonly result?: object;
  /** The expected error of a call with `--json`. */
  readonly error?: object;
  /** The expected output of a call without `--json`. */
  readonly out?: RegExp;
  /** The expected standard error. Default: nothing is written there. */
  readonly err?: RegExp;
  /** Values of the result to keep for later cases, by name. */
  readonly keep?: Readonly<Record<string, string>>;
  /** Standard input. */
  readonly input?: string;
}

const YES_NO = 'success|failure|denied|partial';

/** A script in which every command and flag is used at least once. */
export const SCRIPT: readonly Case[] = [
  // Before there is a deployment.
  { call: 'version', out: /^kaizen-eatp \d+\.\d+\.\d+ \(Node\.js v\d+/ },
  { call: 'version --json', result: { version: /^\d+\.\d+\.\d+$/ } },
  { call: 'help', out: /Usage: kaizen-eatp \[options\] \[command\]/ },
  { call: 'help agent establish', out: /Usage: kaizen-eatp agent establish/ },
  { call: 'help agent establish --json', result: { help: /Usage: kaizen-eatp agent establish/ } },
  { call: 'help --man trail show', out: /^\.TH "KAIZEN-EATP-TRAIL-SHOW" "1"/ },
  { call: 'help no such', code: 2, err: /There is no command 'no such'/ },
  { call: 'completion bash', out: /complete -o default -F _kaizen_eatp kaizen-eatp/ },
  { call: 'completion fish --json', result: { shell: 'fish', script: /complete -c kaizen-eatp/ } },

  // Keys and authorities.
  {
    call: "init --name 'ACME Corp' --json",
    result: { authority_id: 'org-acme-corp', authority_type: 'organization' },
    keep: { acmeKey: 'public_key', acmeKeyId: 'signing_key_id' },
  },
  { call: "init --name 'ACME Corp' --json", code: 1, error: { code: 'AUTHORITY_ALREADY_EXISTS' } },
  { call: 'init --name Robot --type system --id sys-robot', out: /Authority created\.[\s\S]*sys-robot/ },
  { call: 'key gen spare', out: /Key generated\.[\s\S]*Public key: [A-Za-z0-9+/]{43}=/ },
  { call: 'key gen spare --json', code: 2, error: { code: 'INVALID_ARGUMENT' } },
  {
    call: 'key import old --file {folder}/seed --json',
    result: { key_id: 'old', algorithm: 'Ed25519' },
    keep: { oldKey: 'public_key' },
  },
  { call: 'key import old2 --fd {seedFd} --json', code: 2, error: { code: 'COMMAND_USAGE' } },
  {
    call: 'key import pem --file {folder}/key.pem --key-passphrase-file {folder}/passphrase --json',
    result: { key_id: 'pem' },
  },
  {
    call: 'key import pem2 --file {folder}/key.pem --key-passphrase-fd 9999 --json',
    code: 2,
    error: { code: 'COMMAND_USAGE' },
  },
  { call: 'key import other --json', code: 2, error: { code: 'COMMAND_USAGE' } },
  { call: 'key import bad --file {folder}/passphrase --json', code: 5, error: { code: 'BAD_KEY' } },
  { call: 'key list', out: /old .*\n(.*\n)*spare/ },
  { call: 'key list --json', result: { folder: '{folder}/eatp/keys' } },
  {
    call: 'authority add --name Branch --id org-branch --key old --parent org-acme-corp --type organization --permissions create_agents,delegate_trust --recorder --json',
    result: { authority_id: 'org-branch', public_key: '{oldKey}' },
  },
  { call: 'authority add --file {folder}/authority.json', out: /Authority registered\.[\s\S]*org-foreign/ },
  { call: 'authority add --json', code: 2, error: { code: 'COMMAND_USAGE' } },
  { call: 'authority add --file {folder}/none.json --json', code: 3, error: { code: 'FILE_NOT_FOUND' } },
  { call: 'authority list', out: /org-acme-corp +ACME Corp +organization +active +yes/ },
  { call: 'authority list --json', result: { authorities: /org-branch/ } },
  { call: 'authority show org-branch', out: /Permissions: +create_agents, delegate_trust\n/ },
  {
    call: 'authority show org-branch --json',
    result: { id: 'org-branch', pinned: true, parent_authority_id: 'org-acme-corp' },
  },
  { call: 'authority show org-none --json', code: 3, error: { code: 'RECORD_NOT_FOUND' } },

  {
    call: 'authority endorse org-partner --public-key {oldKey} --namespaces agent-partner-*,agent-x --permissions create_agents --expires 2099-01-01 --by org-acme-corp --json',
    result: { authority_id: 'org-partner', namespaces: ['agent-partner-*', 'agent-x'] },
  },
  {
    call: 'authority list',
    out: /org-partner +- +- +not stored +no +endorsed by org-acme-corp, for agent-partner-\*, agent-x/,
  },
  {
    call: 'authority endorse org-partner --public-key nonsense --namespaces agent-x --json',
    code: 2,
    error: { code: 'INVALID_ARGUMENT' },
  },

  // Agents, verdicts and delegations.
  {
    call: 'agent establish alice --authority org-acme-corp --capabilities read_data,pay --json',
    result: {
      agent_id: 'alice',
      authority_id: 'org-acme-corp',
      capabilities: ['read_data', 'pay', 'orchestration_participation', 'execute'],
    },
  },
  { call: 'establish bob --authority org-acme-corp', out: /Agent established\.[\s\S]*Capabilities: access,/ },
  {
    call: 'establish bob --authority org-acme-corp --json',
    code: 1,
    error: { code: 'AGENT_ALREADY_ESTABLISHED' },
  },
  { call: 'establish x --authority org-none --json', code: 3, error: { code: 'AUTHORITY_NOT_FOUND' } },
  {
    call: 'agent establish carol --authority org-branch --capabilities read_* --constraints read_only --expires 2099-01-01 --no-protocol-capabilities --json',
    result: { capabilities: ['read_*'] },
  },
  {
    call: 'agent establish late --authority org-acme-corp --expires yesterday --json',
    code: 2,
    error: { code: 'COMMAND_USAGE' },
  },
  { call: 'agent list', out: /3 agents[\s\S]*alice +org-acme-corp +active/ },
  { call: 'agent list --all --json', result: { total: 3 } },
  { call: 'agent show carol', out: /State: +active[\s\S]*read_\* \[read_only\]/ },
  {
    call: 'agent show carol --tree',
    out: /authority org-branch \(organization\)\n└─ agent carol\n {3}└─ can read_\* \[read_only\]/,
  },
  {
    call: 'agent show carol --tree --json',
    result: { agent_id: 'carol', expired: false, tree: { text: /org-branch/ } },
  },
  { call: 'agent show ghost --json', code: 3, error: { code: 'CHAIN_NOT_FOUND' } },
  { call: 'status', out: /3 agents/ },
  {
    call: 'status alice --json',
    result: { agent_id: 'alice', authority_type: 'organization', expired: false },
  },
  { call: 'verify alice --action pay', out: /^VERIFIED: alice is allowed to 'pay'\./ },
  {
    call: 'verify alice --action pay --level FULL --resource invoice-7 --explain --json',
    result: { valid: true, level: 'full', denial: null, authority_id: 'org-acme-corp' },
  },
  {
    call: 'verify alice --action fly',
    code: 1,
    out: /^DENIED: alice is not allowed to 'fly'\.\n[\s\S]*Reason: /,
  },
  { call: 'verify alice --action fly --explain', code: 1, out: /CAPABILITY_NOT_HELD/ },
  {
    call: 'verify alice --action pay --level deep',
    code: 2,
    err: /Allowed choices are quick, standard, full/,
  },
  { call: 'verify ghost --action pay --json', code: 3, error: { code: 'CHAIN_NOT_FOUND' } },
  { call: 'verify-chain alice', out: /^VERIFIED: every signature in the chain of alice is valid\./ },
  {
    call: 'verify-chain alice --json',
    result: { valid: true, genesis_verified: true, capabilities_verified: true },
  },
  {
    call: "delegate --from alice --to bob --capabilities pay --task t-1 --constraints read_only --expires 2099-01-01 --reasoning-decision 'let bob pay' --reasoning-rationale 'alice is away' --reasoning-confidentiality public --json",
    result: {
      from: 'alice',
      to: 'bob',
      task_id: 't-1',
      lasting: false,
      constraints: ['read_only'],
      reasoning_trace: { confidentiality: 'public' },
    },
    keep: { task: 'delegation_id' },
  },
  {
    call: 'delegate --from bob --to carol --capabilities pay --task t-1 --parent {task} --json',
    result: { from: 'bob', to: 'carol' },
    keep: { under: 'delegation_id' },
  },
  {
    call: 'delegate --from alice --to bob --capabilities fly --task t-2 --json',
    code: 1,
    error: { code: 'CAPABILITY_NOT_HELD' },
  },
  {
    call: 'delegate --from alice --to bob --capabilities pay --task t-2 --reasoning-decision x --json',
    code: 2,
    error: { code: 'COMMAND_USAGE' },
  },
  {
    call: 'verify bob --action pay --delegation {task} --json',
    result: { valid: true, capability_used: '{task}' },
  },
  { call: 'verify bob --action pay', code: 1, out: /DENIED/ },
  {
    call: 'agent show alice --tree',
    out: /delegates to bob for task t-1: pay \[read_only\][\s\S]*delegates to carol for task t-1/,
  },

  // Lasting delegations.
  {
    call: 'delegate --from alice --to bob --capabilities pay --json',
    result: { from: 'alice', to: 'bob', lasting: true },
    keep: { offer: 'delegation_id' },
  },
  { call: 'verify bob --action pay', code: 1, out: /DENIED/ },
  { call: 'offer list bob', out: /^1 offer\n[\s\S]*alice +bob +pay/ },
  { call: 'agent show alice --tree', out: /offers to bob: pay.*\(del-/ },
  { call: 'agent show bob --tree', out: /offered by alice: pay.*\(del-/ },
  {
    call: 'revoke delegation {offer} --dry-run --json',
    result: { agent_id: 'bob', delegations: [{ from: 'alice', to: 'bob', offered: true }] },
  },
  {
    call: 'offer accept {offer} --agent carol --json',
    code: 1,
    error: { code: 'DELEGATION_NOT_ACCEPTABLE' },
  },
  {
    call: 'offer accept {offer} --agent bob --json',
    result: { delegation_id: '{offer}', from: 'alice', to: 'bob', status: 'accepted' },
  },
  { call: 'offer list bob --json', result: { total: 0 } },
  { call: 'agent show alice --tree', out: /lasting delegation to bob: pay.*\(del-/ },
  {
    call: 'verify bob --action pay --explain',
    out: /Attested by: [\s\S]*Given by: +alice, by the lasting delegation del-/,
  },
  { call: 'verify bob --action pay', out: /VERIFIED/ },
  { call: 'revoke delegation {offer} --yes --json', result: { status: 'revoked', agent_id: 'bob' } },
  { call: 'verify bob --action pay', code: 1, out: /DENIED/ },
  {
    call: 'delegate --from alice --to bob --capabilities pay',
    out: /^Delegation offered\.\n[\s\S]*It gives nothing until bob accepts it: kaizen-eatp offer accept del-/,
  },
  {
    call: 'delegate --from alice --to bob --capabilities pay --json',
    keep: { declined: 'delegation_id' },
  },
  {
    call: "offer decline {declined} --agent bob --reason 'not my job' --json",
    result: { delegation_id: '{declined}', agent_id: 'bob', status: 'declined' },
  },
  {
    call: 'offer accept {declined} --agent bob --json',
    code: 1,
    error: { code: 'DELEGATION_NOT_ACCEPTABLE' },
  },

  // Revocations.
  {
    call: 'revoke agent alice --dry-run',
    out: /Revoking agent alice would end:\n {2}1 agent: alice\n {2}3 delegations[\s\S]*: alice to bob \(offered\)/,
  },
  { call: 'revoke delegation {task} --dry-run --json', result: { status: 'not_revoked', agent_id: 'bob' } },
  { call: 'revoke {task}', code: 2, err: /The command needs a confirmation/ },
  {
    call: 'revoke {task} --yes --cascade --json',
    result: { delegation_id: '{task}', status: 'revoked', agent_id: 'bob', cascade: true },
  },
  { call: 'verify carol --action pay --delegation {under} --json', code: 1, result: { valid: false } },
  { call: 'revoke delegation del-none --yes --json', code: 3, error: { code: 'DELEGATION_NOT_FOUND' } },
  {
    call: "revoke agent carol --yes --no-cascade --reason 'left the company' --json",
    result: { agent_id: 'carol', status: 'revoked', cascade: false, agents: ['carol'] },
  },
  { call: 'agent show carol', out: /State: +revoked: left the company/ },
  { call: 'verify carol --action read_data --json', code: 1, result: { valid: false, code: 'REVOKED' } },
  { call: 'agent list', out: /^(?![\s\S]*carol)/ },
  { call: 'agent reinstate alice --yes --json', code: 1, error: { code: 'AGENT_ALREADY_ESTABLISHED' } },
  { call: 'establish carol --authority org-branch --json', code: 1, error: { code: 'AGENT_REVOKED' } },
  {
    call: "agent reinstate carol --yes --reason 'came back' --json",
    result: { agent_id: 'carol', status: 'reinstated' },
  },
  {
    call: 'establish carol --authority org-branch --no-protocol-capabilities --json',
    result: { agent_id: 'carol' },
  },
  {
    call: 'key rotate sys-robot --json',
    result: { authority_id: 'sys-robot', agents: [] },
    keep: { middleKey: 'public_key' },
  },
  { call: 'key rotate sys-robot --key robot-3', out: /^Key rotated\.[\s\S]*Signing key: +robot-3/ },
  { call: 'key rotate org-none --json', code: 3, error: { code: 'AUTHORITY_NOT_FOUND' } },
  { call: 'verify carol --action access --json', result: { valid: true } },
  {
    call: 'key revoke sys-robot --since 1h --reason stolen --public-key {middleKey} --yes --json',
    result: { authority_id: 'sys-robot', agents: [] },
  },
  {
    call: 'key revoke sys-robot --since 9999-01-01 --yes',
    code: 2,
    err: /`--since` is in the future/,
  },
  { call: 'key revoke sys-robot --since 1m --keep carol --json', code: 2, error: { code: 'COMMAND_USAGE' } },
  { call: 'key revoke org-none --since 1m --yes --json', code: 3, error: { code: 'RECORD_NOT_FOUND' } },
  { call: 'revoke agent carol --yes --json', result: { status: 'revoked' } },
  { call: 'revoke agent bob --dry-run --cascade --json', result: { cascade: true, agents: ['bob'] } },
  { call: 'revoke delegation {under} --yes --reason again --no-cascade --json', result: { cascade: false } },
  {
    call: 'revoke human mary --dry-run --json',
    result: { status: 'not_revoked', agents: [], delegations: [] },
  },
  {
    call: 'revoke human mary --yes --cascade --reason left --json',
    result: { human_id: 'mary', status: 'revoked' },
  },
  { call: 'erase human mary', code: 2, err: /The command needs a confirmation/ },
  { call: 'erase human mary --yes --json', result: { status: 'erased', runs: 0 } },
  {
    call: 'erase human nobody --yes',
    out: /^The store knows no such person: [\s\S]*Erased: 0 disclosures/,
  },
  { call: 'revoke human nobody --yes', out: /^Revoked /, err: /The store knows no such person/ },
  { call: 'revoke human nobody --dry-run --json', result: { known: false } },
  { call: 'erase human mary --yes --compact', out: /Erased: 0 disclosures[\s\S]*Size: +\d+ to \d+ bytes/ },
  {
    call: 'revoke human john --yes --no-cascade',
    out: /^Revoked everything on behalf of the person\./,
    err: /knows no such person/,
  },

  // Trails: those of a run that was made with core, and the shared one.
  { call: 'trail list', out: /<run>\s+ended\s+\d+\s+1\s/ },
  {
    call: 'trail list --agent agent-clerk --action pay --result denied --task report-001 --since 1h --until 2099-01-01 --json',
    result: { total: 1 },
  },
  { call: 'trail list --resource nothing --json', result: { total: 0 } },
  { call: 'trail show {run}', out: new RegExp(`(${YES_NO}) +agent-clerk  pay`), err: /records/ },
  {
    call: 'trail show {run} --after 1 --limit 1 --json',
    result: { total: 1, entries: [{ trail_id: '{run}', sequence: 2 }] },
  },
  { call: 'trail show --after 1 --json', code: 2, error: { code: 'COMMAND_USAGE' } },
  {
    call: 'trail show --agent agent-clerk --action pay --result denied --resource none --task report-001 --since 2020-01-01 --until 2099-01-01 --quiet',
    out: /^$/,
  },
  { call: 'trail show {run} --format jsonl --quiet', out: /^\{"trail_id":"<run>","sequence":1,/ },
  { call: 'trail show {run} --format cef --quiet', out: /^CEF:0\|Terrene Foundation\|EATP\|1\.0\|AUDIT\|/ },
  { call: 'trail show {run} --format ocsf --quiet', out: /^\{"class_uid":3002,/ },
  { call: 'trail show no-such-run --json', code: 3, error: { code: 'RECORD_NOT_FOUND' } },
  { call: 'trail verify {run}', out: /^VALID: trail / },
  { call: 'trail verify --json', result: { valid: true, state: 'open' } },
  { call: 'trail verify run-none --json', code: 3, error: { code: 'RECORD_NOT_FOUND' } },
  { call: 'trail verify --all --allow-open --json', result: { valid: true } },
  { call: 'trail verify {run} --all --json', code: 2, error: { code: 'COMMAND_USAGE' } },
  { call: 'trail follow {run} --after 1 --interval 20ms --format jsonl', out: /"sequence":2,/ },
  { call: 'audit agent-clerk', out: /records? of agent-clerk/ },
  {
    call: 'audit agent-clerk --limit 1 --action pay --since 1d --json',
    result: { agent_id: 'agent-clerk', total: 1 },
  },
  { call: 'audit ghost --json', code: 3, error: { code: 'CHAIN_NOT_FOUND' } },

  // Runs of programs.
  {
    call: 'agent establish agent-adder --authority org-acme-corp --capabilities add --json',
    result: { agent_id: 'agent-adder' },
  },
  {
    call: 'agent establish agent-printer --authority org-acme-corp --capabilities print --json',
    result: { agent_id: 'agent-printer' },
  },
  {
    call: "run start '[3, 4]' --agent 'adder=node {folder}/adder.mjs' --agent 'printer=node {folder}/printer.mjs' --pattern sequential --task sum-1 --run run-sum-1 --timeout 1m --receipt {folder}/sum.json --json",
    result: { run_id: 'run-sum-1', task_id: 'sum-1', status: 'succeeded', result: 'The sum is 7.' },
  },
  {
    call: 'receipt verify {folder}/sum.json --json',
    result: { valid: true, pinned: true, run_id: 'run-sum-1' },
  },
  { call: "run start '[3, 4]' --agent 'adder=exit 3'", code: 1, out: /^FAILED: / },
  {
    call: "run start '[3, 4]' --agent 'stranger=node {folder}/adder.mjs' --json",
    code: 1,
    result: { status: 'failed', error: { code: 'AGENT_NOT_TRUSTED' } },
  },
  {
    call: "run start '[3, 4]' --agent 'adder=true' --pattern sequntial --json",
    code: 1,
    error: { code: 'UNKNOWN_PATTERN' },
  },
  { call: "run start '[3,' --agent adder=true --json", code: 2, error: { code: 'COMMAND_USAGE' } },
  { call: 'run start --agent adder --json', code: 2, error: { code: 'COMMAND_USAGE' } },

  {
    call: "run start '[1, 2]' --agent 'adder=node {folder}/adder.mjs' --durable --receipt x --json",
    code: 2,
    error: { code: 'COMMAND_USAGE' },
  },
  {
    call: "run start '[1, 2]' --agent 'adder=node {folder}/adder.mjs' --durable --run run-later --json",
    result: { run_id: 'run-later', status: 'queued' },
  },
  { call: 'run start --module {folder}/none.mjs --json', code: 3, error: { code: 'FILE_NOT_FOUND' } },
  { call: 'run list', out: /\d runs[\s\S]*run-later +queued +sequential/ },
  {
    call: 'run list --state succeeded --agent agent-adder --task sum-1 --limit 5 --json',
    result: {
      runs: [{ run_id: 'run-sum-1', state: 'succeeded', durable: false, pattern: 'sequential' }],
      next: null,
    },
  },
  {
    call: 'run list --pattern sequential --action orchestration_complete --result success --since 1d --until 2100-01-01 --limit 1',
    out: /^1 run\n/,
  },
  { call: 'run list --person p-none --json', result: { runs: [], next: null } },
  { call: 'run list --limit 1 --json', result: { runs: [{}] }, keep: { older: 'next' } },
  { call: 'run list --limit 1', out: /There are older runs: repeat the command with --cursor [\w-]+\n$/ },
  { call: 'run list --cursor {older} --limit 1 --json', result: { runs: [{}] } },
  { call: 'run list --cursor none --json', code: 2, error: { code: 'INVALID_ARGUMENT' } },
  { call: 'run list --limit 0 --json', code: 2, error: { code: 'COMMAND_USAGE' } },
  { call: 'run list --limit 1001 --json', code: 2, error: { code: 'COMMAND_USAGE' } },
  { call: 'run show run-sum-1', out: /State: +succeeded[\s\S]*agent-printer/ },
  { call: 'run show run-later --json', result: { run_id: 'run-later', state: 'queued', durable: true } },
  { call: 'run show {run}', out: /Usage of agent-analyst: +812 tokens, cost 0\.004/ },
  {
    call: 'run show {run} --json',
    result: {
      usage: { tokens: 812, cost: 0.004, agents: { 'agent-analyst': { tokens: 812, cost: 0.004 } } },
    },
  },
  { call: 'run show run-none --json', code: 3, error: { code: 'RECORD_NOT_FOUND' } },
  { call: 'run resume run-later', out: /^Run run-later is queued\./ },
  { call: 'run cancel run-later --json', code: 2, error: { code: 'COMMAND_USAGE' } },
  {
    call: 'run cancel run-later --yes --by mary --reason unneeded --json',
    result: { status: 'cancel_requested' },
  },
  { call: 'run cancel run-none --yes --json', code: 3, error: { code: 'RUN_NOT_FOUND' } },
  { call: 'run resume run-none --json', code: 3, error: { code: 'RUN_NOT_FOUND' } },

  // Approvers, and what they decide.
  {
    call: 'approver establish person-carol --authority org-acme-corp --actions execute,pay --json',
    result: { approver_id: 'person-carol', actions: ['execute', 'pay'] },
    keep: { carolKey: 'public_key' },
  },
  {
    call: 'approver establish person-dave --authority org-acme-corp --actions pay --public-key {carolKey}',
    out: /^Approver established\.[\s\S]*Approves: +pay/,
  },
  {
    call: 'approver establish person-eve --authority org-acme-corp --actions pay --key none --json',
    code: 2,
    error: { code: 'COMMAND_USAGE' },
  },
  {
    call: 'approver establish person-eve --authority org-none --actions pay --json',
    code: 3,
    error: { code: 'AUTHORITY_NOT_FOUND' },
  },
  { call: 'run approvals', out: /^0 requests waiting/ },
  { call: 'run approvals run-later --approver person-carol --json', result: { total: 0, approvals: [] } },
  { call: 'run approvals run-none --json', code: 3, error: { code: 'RUN_NOT_FOUND' } },
  {
    call: 'run approve run-later --as person-carol --request run-later/1 --key k --approver-keys {folder}/eatp/keys --approver-passphrase-file {folder}/passphrase --reason x --yes --json',
    code: 2,
    error: { code: 'COMMAND_USAGE' },
  },
  { call: 'run approve run-none --as person-carol --yes --json', code: 3, error: { code: 'RUN_NOT_FOUND' } },
  {
    call: 'run reject run-later --as person-carol --request run-later/1 --key k --approver-keys {folder}/eatp/keys --approver-passphrase-file {folder}/passphrase --reason x --yes --json',
    code: 2,
    error: { code: 'COMMAND_USAGE' },
  },
  {
    call: 'run approve run-later --as person-carol --approver-passphrase-fd 9999 --json',
    code: 2,
    error: { code: 'COMMAND_USAGE' },
  },
  {
    call: 'run reject run-later --as person-carol --approver-passphrase-fd 9999 --json',
    code: 2,
    error: { code: 'COMMAND_USAGE' },
  },
  {
    call: "run start '[1]' --agent 'adder=node {folder}/adder.mjs' --approval clerk=person-carol --json",
    code: 2,
    error: { code: 'COMMAND_USAGE' },
  },
  {
    call: "run start '[1]' --agent 'adder=node {folder}/adder.mjs' --approval adder=person-carol --json",
    code: 1,
    result: { status: 'failed', error: { code: 'DURABLE_RUN_REQUIRED' } },
  },

  // Receipts.
  { call: 'receipt verify {folder}/receipt.json', out: /^VALID: every record/ },
  {
    call: 'receipt verify {folder}/receipt.json --authority org-acme-corp={acmeKey} --json',
    result: { valid: true, pinned: true, task_id: 'report-001' },
  },
  {
    call: 'receipt verify {folder}/receipt.json --authorities {folder}/eatp/keys/roots.json --json',
    result: { valid: true },
  },
  {
    call: 'receipt verify {folder}/receipt.json --authority org-acme-corp={oldKey} --json',
    code: 1,
    result: { valid: false },
  },
  {
    call: 'receipt verify {folder}/receipt.json --authority nonsense --json',
    code: 2,
    error: { code: 'COMMAND_USAGE' },
  },
  { call: 'receipt export {run}', out: /^\{"anchors":/ },
  {
    call: 'receipt export {run} --output {folder}/again.json --json',
    result: { run_id: '{run}', file: '{folder}/again.json' },
  },
  { call: 'receipt verify {folder}/again.json --json', result: { valid: true, run_id: '{run}' } },
  { call: 'receipt export run-none --json', code: 3, error: { code: 'RECORD_NOT_FOUND' } },
  { call: 'receipt export --json', code: 2, error: { code: 'COMMAND_USAGE' } },
  { call: 'receipt export --period 1d --json', code: 2, error: { code: 'COMMAND_USAGE' } },
  {
    call: 'receipt export --period 1d..2099-01-01 --output {folder}/evidence --json',
    result: {
      folder: '{folder}/evidence',
      missing: [],
      files: /authorities\.json.*checkpoint\.jsonl.*viewer\.html.*README\.txt/,
    },
  },
  {
    call: 'receipt export --period 1d --output {folder}/evidence --json',
    code: 4,
    error: { code: 'FILE_NOT_USABLE' },
  },
  {
    call: 'receipt verify {folder}/evidence/receipts/run-sum-1.json --authorities {folder}/evidence/authorities.json --json',
    result: { valid: true, pinned: true },
  },
  { call: 'receipt verify {folder}/passphrase --json', code: 6, error: { code: 'RECEIPT_MALFORMED' } },
  { call: 'receipt verify {folder}/none --json', code: 3, error: { code: 'FILE_NOT_FOUND' } },
  {
    call: 'receipt show {folder}/receipt.json',
    out: /For: +no person that it names[\s\S]*agent-analyst[\s\S]*denied {3}agent-clerk {2}pay.*: .*read_only[\s\S]*delegation/,
  },
  {
    call: 'receipt show {folder}/receipt.json --authority org-acme-corp={acmeKey} --authorities {folder}/eatp/keys/roots.json --json',
    result: { valid: true, run_id: '{run}' },
  },

  {
    call: 'receipt view {folder}/receipt.json --output {folder}/receipt.html --json',
    result: { file: '{folder}/receipt.html', url: 'file://{folder}/receipt.html', opened: false },
  },
  {
    call: 'receipt view {folder}/receipt.json',
    out: /^The receipt can be viewed\.[\s\S]*receipt\.json\.html/,
  },
  {
    call: 'receipt view {folder}/receipt.json --output {folder}/receipt.html --json',
    code: 4,
    error: { code: 'FILE_NOT_USABLE' },
  },
  { call: 'receipt view {folder}/none --open --json', code: 3, error: { code: 'FILE_NOT_FOUND' } },

  // Checkpoints.
  {
    call: 'checkpoint create --origin acme/log --authority org-acme-corp --file {folder}/checkpoints.jsonl --json',
    code: 2,
    error: { code: 'INVALID_ARGUMENT' },
  },
  {
    call: 'checkpoint create --authority org-acme-corp --file {folder}/checkpoints.jsonl --json',
    result: { findings: [], file: '{folder}/checkpoints.jsonl', log_key: /^.+\+[0-9a-f]{8}\+/ },
    keep: { note: 'note', logKey: 'log_key' },
  },
  {
    call: 'checkpoint create',
    out: /^kaizen-eatp\/org-branch\/[\s\S]*\n— kaizen-eatp/,
    err: /Key of the log: kaizen-eatp\/org-branch\//,
  },
  { call: 'checkpoint create --witness nonsense --json', code: 2, error: { code: 'COMMAND_USAGE' } },
  { call: 'checkpoint verify {folder}/checkpoints.jsonl', out: /^VALID: the store has everything/ },
  {
    call: 'checkpoint verify {folder}/evidence/checkpoint.jsonl --key {logKey} --json',
    result: { consistent: true, findings: [] },
  },
  {
    call: 'checkpoint verify {folder}/adder.mjs --json',
    code: 6,
    error: { code: 'CHECKPOINT_MALFORMED' },
  },
  { call: 'checkpoint verify {folder}/none --json', code: 3, error: { code: 'FILE_NOT_FOUND' } },
  { call: 'doctor --checkpoint {folder}/checkpoints.jsonl --json', result: { healthy: true } },

  // Moving records.
  { call: 'export alice', out: /^\{"genesis":\{/ },
  { call: 'export alice --task t-1 --json', result: { genesis: { agent_id: 'alice' } } },
  { call: 'export alice --output {folder}/alice.json --json', result: { agent_id: 'alice' } },
  { call: 'export', out: /^\{"type":"header","format":"kaizen-eatp-store"/ },
  { call: 'export --json', code: 2, error: { code: 'COMMAND_USAGE' } },
  { call: 'export --output {folder}/store.jsonl', out: /Store exported\./ },
  { call: 'export --output {folder}/store.jsonl --json', code: 4, error: { code: 'FILE_NOT_USABLE' } },
  { call: 'export --task t-1 --json', code: 2, error: { code: 'COMMAND_USAGE' } },
  { call: 'export --to-eatp {folder}/for-python --json', result: { skipped: [] } },
  { call: 'export alice --to-eatp {folder}/x --json', code: 2, error: { code: 'COMMAND_USAGE' } },
  { call: 'import {folder}/store.jsonl --json', code: 4, error: { code: 'STORE_CONFLICT' } },
  {
    call: 'import --store dir:{folder}/copy {folder}/store.jsonl',
    out: /Export imported\./,
    err: /neither private keys nor pinned/,
  },
  { call: 'agent list --store-dir {folder}/copy --json', result: { agents: /alice/ } },
  {
    call: 'import --store sqlite:{folder}/stdin/trust.db - --json',
    code: 6,
    error: { code: 'MALFORMED_RECORD' },
    input: 'nonsense\n',
  },
  {
    call: 'import --from-eatp {folder}/for-python --dry-run --store dir:{folder}/py',
    out: /Nothing was imported: this was a trial\./,
  },
  {
    call: 'import --from-eatp {folder}/for-python --yes --with-keys --skip-refused --store dir:{folder}/py --keys {folder}/py/keys --json',
    result: { refused: [], imported: { authorities: /^\d+$/ } },
  },
  {
    call: 'verify alice --action pay --store dir:{folder}/py --keys {folder}/py/keys --json',
    result: { valid: true },
  },
  { call: 'import --from-eatp {folder}/none --yes --json', code: 3, error: { code: 'FILE_NOT_FOUND' } },
  { call: 'import --json', code: 2, error: { code: 'COMMAND_USAGE' } },
  { call: 'import {folder}/store.jsonl --dry-run --json', code: 2, error: { code: 'COMMAND_USAGE' } },

  // The whole, and the end of an authority.
  {
    call: 'doctor --verbose',
    out: /^HEALTHY: nothing was found\./,
    err: /Reading the whole store/,
  },
  { call: 'doctor --no-signatures --no-color --json', result: { healthy: true } },
  { call: 'doctor --intent-age 1m --json', code: 2, error: { code: 'COMMAND_USAGE' } },
  { call: 'authority deactivate org-branch --json', code: 2, error: { code: 'COMMAND_USAGE' } },
  {
    call: 'authority deactivate org-branch --yes --json',
    result: { authority_id: 'org-branch', is_active: false },
  },
  { call: 'authority deactivate org-none --yes --json', code: 3, error: { code: 'RECORD_NOT_FOUND' } },
  {
    call: 'agent establish dave --authority org-branch --json',
    code: 1,
    error: { code: 'AUTHORITY_NOT_PERMITTED' },
  },
  { call: 'authority activate org-branch --yes', out: /^Authority org-branch is active\./ },
  {
    call: 'verify alice --action pay --store dir:{folder}/nowhere --json',
    code: 3,
    error: { code: 'STORE_NOT_FOUND' },
  },
  {
    call: 'verify alice --actoin pay --json',
    code: 2,
    error: { message: /unknown option '--actoin'.*help verify/ },
  },
  {
    call: 'verify alice --action pay --level none --json',
    code: 2,
    error: { message: /full: got|full\. Read/ },
  },
  {
    call: 'receipt verify {folder}/receipt.json --authority org-acme=xyz --json',
    code: 2,
    error: { message: /32 bytes/ },
  },
  { call: 'receipt view {folder} --json', code: 4, error: { code: 'FILE_NOT_USABLE' } },
  { call: 'receipt view {folder}/passphrase --json', code: 6, error: { code: 'RECEIPT_MALFORMED' } },
  {
    call: 'authority show org-none --json',
    code: 3,
    error: { code: 'RECORD_NOT_FOUND' },
  },
  {
    call: 'agent establish alice --authority org-acme-corp --json',
    code: 1,
    error: { remedy: /kaizen-eatp agent show alice/ },
  },
  {
    call: 'delegate --from alice --to bob --capabilities pay --task ahead --expires 2d --json',
    result: { expires_at: /^20/ },
  },
  {
    call: 'verify alice --action pay --store postgres://u:secret@127.0.0.1/x --json',
    code: 2,
    error: { code: 'SECRET_EXPOSED' },
  },
  {
    call: 'key gen locked --passphrase-file {folder}/wrong-passphrase --json',
    code: 5,
    error: { code: 'KEY_PASSPHRASE_WRONG' },
  },
  {
    call: 'key gen locked --passphrase-file {folder}/open-passphrase --json',
    code: 2,
    error: { code: 'SECRET_EXPOSED' },
  },
  { call: 'key gen locked --passphrase-fd 9999 --json', code: 2, error: { code: 'COMMAND_USAGE' } },
];
