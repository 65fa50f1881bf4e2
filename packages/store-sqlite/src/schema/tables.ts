/**
 * The table of the reference's `SqliteTrustStore`, byte for byte as it writes it, so that Python and this
 * package make the same file.
 */
const TRUST_CHAINS = `
CREATE TABLE IF NOT EXISTS trust_chains (
    agent_id TEXT PRIMARY KEY,
    chain_data TEXT NOT NULL,
    active INTEGER NOT NULL DEFAULT 1,
    authority_id TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    deleted_at TEXT,
    expires_at TEXT
)
`;

export const CHAIN_COLUMNS = [
  'agent_id',
  'chain_data',
  'active',
  'authority_id',
  'created_at',
  'updated_at',
  'deleted_at',
  'expires_at',
] as const;

// Old SQLite libraries refuse a file with a STRICT table, and a Python may come with one; hence the checks.
const DELEGATION_COLUMNS = `
  task_id TEXT NOT NULL,
  run_id TEXT,
  delegator_id TEXT NOT NULL,
  delegatee_id TEXT NOT NULL,
  parent_delegation_id TEXT,
  invocation_id TEXT,
  person TEXT,
  nonce TEXT NOT NULL,
  text TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('offered', 'in_force', 'closed', 'accepted', 'revoked')),
  ended_at TEXT`;

/**
 * Our own tables, besides the reference's. Intents come and go with every step, so they are one tree without further indexes,
 * and only as many as there is work under way. eatp_chain_changes has one row for each agent, so it does not grow
 * with changes.
 */
export const SCHEMA = `
${TRUST_CHAINS};
-- The chains that agents had before their present ones, whichever program replaced them. Receipts need them.
CREATE TABLE eatp_earlier_chains (
  ordinal INTEGER PRIMARY KEY,
  agent_id TEXT NOT NULL,
  text TEXT NOT NULL
);
CREATE INDEX eatp_earlier_chains_agent ON eatp_earlier_chains (agent_id);
CREATE TRIGGER eatp_chain_replaced AFTER UPDATE OF chain_data ON trust_chains
  WHEN OLD.chain_data <> NEW.chain_data BEGIN
  INSERT INTO eatp_earlier_chains (agent_id, text) VALUES (OLD.agent_id, OLD.chain_data);
END;
CREATE TRIGGER eatp_chain_deleted AFTER DELETE ON trust_chains BEGIN
  INSERT INTO eatp_earlier_chains (agent_id, text) VALUES (OLD.agent_id, OLD.chain_data);
END;
CREATE TABLE eatp_authorities (
  authority_id TEXT PRIMARY KEY NOT NULL,
  text TEXT NOT NULL,
  version INTEGER NOT NULL
);
CREATE TABLE eatp_delegations (
  ordinal INTEGER PRIMARY KEY,
  delegation_id TEXT NOT NULL UNIQUE,${DELEGATION_COLUMNS}
);
CREATE INDEX eatp_delegations_task ON eatp_delegations (task_id, delegatee_id);
CREATE INDEX eatp_delegations_run ON eatp_delegations (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX eatp_delegations_delegator ON eatp_delegations (delegator_id, status);
CREATE INDEX eatp_delegations_delegatee ON eatp_delegations (delegatee_id, status);
CREATE INDEX eatp_delegations_person ON eatp_delegations (person, status) WHERE person IS NOT NULL;
CREATE INDEX eatp_delegations_parent ON eatp_delegations (parent_delegation_id)
  WHERE parent_delegation_id IS NOT NULL;
-- An ordinal is given again once its row has left the ledger, so here it is no key.
CREATE TABLE eatp_archived_delegations (
  ordinal INTEGER NOT NULL,
  delegation_id TEXT PRIMARY KEY NOT NULL,${DELEGATION_COLUMNS}
);
CREATE INDEX eatp_archived_delegations_run ON eatp_archived_delegations (run_id) WHERE run_id IS NOT NULL;
CREATE TABLE eatp_trail (
  ordinal INTEGER PRIMARY KEY,
  trail_id TEXT NOT NULL,
  sequence INTEGER NOT NULL CHECK (sequence > 0),
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL,
  anchor_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  text TEXT NOT NULL,
  UNIQUE (trail_id, sequence)
);
-- Owners of intents that were taken for ended, and open no more.
CREATE TABLE eatp_retired_owners (
  owner TEXT PRIMARY KEY NOT NULL
) WITHOUT ROWID;
CREATE TABLE eatp_intents (
  invocation_id TEXT PRIMARY KEY NOT NULL,
  ordinal INTEGER NOT NULL,
  trail_id TEXT NOT NULL,
  task_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  action TEXT NOT NULL,
  method TEXT,
  resource TEXT,
  delegation_id TEXT,
  person TEXT,
  attempt INTEGER NOT NULL CHECK (attempt > 0),
  input_digest TEXT,
  owner TEXT NOT NULL,
  opened_at TEXT NOT NULL,
  authority_id TEXT NOT NULL,
  code TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE eatp_revocations (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('agent', 'delegation', 'person')),
  subject_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  at TEXT NOT NULL,
  UNIQUE (kind, subject_id)
);
CREATE TABLE eatp_statements (
  sequence INTEGER PRIMARY KEY CHECK (sequence > 0),
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL,
  text TEXT NOT NULL
);
CREATE TABLE eatp_disclosures (
  digest TEXT PRIMARY KEY NOT NULL,
  person TEXT NOT NULL,
  salt TEXT NOT NULL,
  text TEXT NOT NULL
);
CREATE INDEX eatp_disclosures_person ON eatp_disclosures (person);
CREATE TABLE eatp_runs (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id TEXT NOT NULL UNIQUE,
  parent_run_id TEXT,
  pattern TEXT NOT NULL,
  person TEXT,
  state TEXT NOT NULL,
  request TEXT,
  outcome TEXT,
  note TEXT,
  owner TEXT,
  wake_at TEXT,
  cancel TEXT,
  submitted_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
);
CREATE INDEX eatp_runs_unfinished ON eatp_runs (state, wake_at) WHERE state NOT IN ('succeeded', 'failed', 'cancelled');
CREATE INDEX eatp_runs_parent ON eatp_runs (parent_run_id) WHERE parent_run_id IS NOT NULL;
CREATE INDEX eatp_runs_person ON eatp_runs (person) WHERE person IS NOT NULL;
-- An index of all runs, durable or not. A mark is something that runs are found by, such as an agent or a task. An index
-- entry has a run's id and a mark of bounded length.
CREATE TABLE eatp_run_list (
  run_id TEXT PRIMARY KEY NOT NULL,
  moment INTEGER NOT NULL,
  state TEXT NOT NULL,
  durable INTEGER NOT NULL,
  pattern TEXT,
  task_id TEXT,
  submitted_at TEXT,
  started_at TEXT,
  ended_at TEXT,
  denials INTEGER NOT NULL
);
CREATE INDEX eatp_run_list_moment ON eatp_run_list (moment, run_id);
CREATE INDEX eatp_run_list_state ON eatp_run_list (state, moment, run_id);
CREATE TABLE eatp_run_marks (
  run_id TEXT NOT NULL,
  mark TEXT NOT NULL,
  moment INTEGER NOT NULL,
  agent_id TEXT,
  PRIMARY KEY (run_id, mark)
) WITHOUT ROWID;
CREATE INDEX eatp_run_marks_mark ON eatp_run_marks (mark, moment, run_id);
CREATE TRIGGER eatp_run_state_changed AFTER UPDATE OF state ON eatp_runs WHEN OLD.state <> NEW.state BEGIN
  UPDATE eatp_run_list SET state = NEW.state WHERE run_id = NEW.run_id;
END;
CREATE TABLE eatp_steps (
  ordinal INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL,
  key TEXT NOT NULL,
  print TEXT NOT NULL,
  outcome TEXT NOT NULL,
  UNIQUE (run_id, key)
);
CREATE TABLE eatp_deliveries (
  run_id TEXT NOT NULL,
  place INTEGER NOT NULL,
  key TEXT NOT NULL,
  PRIMARY KEY (run_id, place)
) WITHOUT ROWID;
CREATE TABLE eatp_chain_changes (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  agent_id TEXT NOT NULL UNIQUE
);
CREATE TRIGGER eatp_chain_added AFTER INSERT ON trust_chains BEGIN
  DELETE FROM eatp_chain_changes WHERE agent_id = NEW.agent_id;
  INSERT INTO eatp_chain_changes (agent_id) VALUES (NEW.agent_id);
END;
CREATE TRIGGER eatp_chain_changed AFTER UPDATE ON trust_chains BEGIN
  DELETE FROM eatp_chain_changes WHERE agent_id = NEW.agent_id;
  INSERT INTO eatp_chain_changes (agent_id) VALUES (NEW.agent_id);
END;
CREATE TRIGGER eatp_chain_removed AFTER DELETE ON trust_chains BEGIN
  DELETE FROM eatp_chain_changes WHERE agent_id = OLD.agent_id;
  INSERT INTO eatp_chain_changes (agent_id) VALUES (OLD.agent_id);
END;
`;

/** The version of {@link SCHEMA}. A file of an earlier version is refused, since its records mean something else. */
export const OLDEST_VERSION = 5;

/** The steps from each schema version to the next, from {@link OLDEST_VERSION} on. Never changed, only added to. */
export const MIGRATIONS: readonly string[] = [];

/** The version of the schema that this package reads and writes. */
export const SCHEMA_VERSION = OLDEST_VERSION + MIGRATIONS.length;
