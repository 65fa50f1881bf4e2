/** Calls of commands that serve until they are interrupted, and of those that talk to them; each has tests of its own. */
export const SERVICE_CALLS = {
  listen: 'bridge serve --host 127.0.0.1 --port 0',
  listenTls: 'bridge serve --tls-cert {folder}/cert.pem --tls-key {folder}/key.pem',
  token:
    'bridge token --authority org-acme --agent analyst=analyze_data --constraints read_only --expires-in 5m',
  worker:
    "worker --agent 'adder=node {folder}/adder.mjs' --module {folder}/agents.mjs --concurrency 2 --retention 1d --drain-timeout 5s",
  serve: 'serve --port 0 --token-file {folder}/token --name Example --checkpoint {folder}/checkpoints.jsonl',
  serveApprover:
    'serve --approve-as person-carol --key person-carol --approver-keys {folder}/eatp/keys --approver-passphrase-file {folder}/passphrase',
  serveApproverFd:
    'serve --approve-as person-carol --approver-keys {folder}/eatp/keys --approver-passphrase-fd 9999',
  witness:
    'witness --name witness.example/w1 --log {logKey} --file {folder}/witness.json --key witness-key --host 127.0.0.1 --port 0',
  workerTemporal:
    "worker --agent 'adder=node {folder}/adder.mjs' --engine temporal://127.0.0.1:7233/default?queue=acme",
  workerApproval: "worker --agent 'adder=node {folder}/adder.mjs' --approval adder=person-carol",
} as const;
