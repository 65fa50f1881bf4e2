import { runListTables } from './run-list.js';

/**
 * The tables. Ids are compared by their bytes (`COLLATE "C"`), so that their order is the same on every
 * server; signed records are TEXT, which keeps every byte, and not JSON, which PostgreSQL may format differently.
 *
 * `change_sequence` numbers what watchers hear of. Its numbers are taken under a lock that is held until the commit,
 * so they become visible in their order, and a watcher that has seen one has seen all before it.
 */
export const tables = (s: string): string => `
CREATE SEQUENCE ${s}.change_sequence;

CREATE TABLE ${s}.locks (
  name text COLLATE "C" PRIMARY KEY
);

CREATE TABLE ${s}.authorities (
  authority_id text COLLATE "C" PRIMARY KEY,
  text         text NOT NULL,
  version      bigint NOT NULL
);

CREATE TABLE ${s}.chains (
  agent_id     text COLLATE "C" PRIMARY KEY,
  text         text NOT NULL,
  authority_id text COLLATE "C",
  expires_at   text,
  active       boolean NOT NULL,
  created_at   text,
  updated_at   text,
  ended_at     text,
  version      bigint NOT NULL UNIQUE
);

CREATE TABLE ${s}.earlier_chains (
  seq      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agent_id text COLLATE "C" NOT NULL,
  text     text NOT NULL
);
CREATE INDEX earlier_chains_agent ON ${s}.earlier_chains (agent_id);

CREATE TABLE ${s}.delegations (
  delegation_id        text COLLATE "C" PRIMARY KEY,
  seq                  bigint GENERATED ALWAYS AS IDENTITY,
  task_id              text COLLATE "C" NOT NULL,
  run_id               text COLLATE "C",
  invocation_id        text COLLATE "C",
  delegator_id         text COLLATE "C" NOT NULL,
  delegatee_id         text COLLATE "C" NOT NULL,
  parent_delegation_id text COLLATE "C",
  person               text COLLATE "C",
  nonce                text COLLATE "C" NOT NULL,
  text                 text NOT NULL,
  status               text COLLATE "C" NOT NULL 
    CHECK (status IN ('offered', 'in_force', 'closed', 'accepted', 'revoked')),
  ended_at             timestamptz
);
CREATE INDEX delegations_task ON ${s}.delegations (task_id);
CREATE INDEX delegations_run ON ${s}.delegations (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX delegations_delegator ON ${s}.delegations (delegator_id, status);
CREATE INDEX delegations_delegatee ON ${s}.delegations (delegatee_id, status);
CREATE INDEX delegations_person ON ${s}.delegations (person, status) WHERE person IS NOT NULL;
CREATE INDEX delegations_parent ON ${s}.delegations (parent_delegation_id) WHERE parent_delegation_id IS NOT NULL;
CREATE INDEX delegations_in_force ON ${s}.delegations (seq) WHERE status = 'in_force';

CREATE TABLE ${s}.archived_delegations (LIKE ${s}.delegations);
ALTER TABLE ${s}.archived_delegations ADD PRIMARY KEY (delegation_id);
CREATE INDEX ON ${s}.archived_delegations (run_id) WHERE run_id IS NOT NULL;

CREATE TABLE ${s}.trail (
  trail_id      text COLLATE "C" NOT NULL,
  sequence      bigint NOT NULL CHECK (sequence >= 1),
  previous_hash text COLLATE "C" NOT NULL,
  hash          text COLLATE "C" NOT NULL,
  anchor_id     text COLLATE "C" NOT NULL,
  agent_id      text COLLATE "C" NOT NULL,
  text          text NOT NULL,
  PRIMARY KEY (trail_id, sequence)
);

-- The processes that open intents. Each counts up while it lives; \`place\` says where it runs, if that is known.
-- The limits bound how long those who watch a row wait, and what they read each time, whoever wrote it.
CREATE TABLE ${s}.owners (
  owner    text COLLATE "C" PRIMARY KEY,
  beat     bigint NOT NULL,
  every_ms integer NOT NULL CHECK (every_ms BETWEEN 1 AND 60000),
  place    text CHECK (length(place) <= 1000)
);

-- Owners that were taken for ended, and open no more intents.
CREATE TABLE ${s}.retired_owners (
  owner text COLLATE "C" PRIMARY KEY
);

CREATE TABLE ${s}.intents (
  invocation_id text COLLATE "C" PRIMARY KEY,
  seq           bigint GENERATED ALWAYS AS IDENTITY,
  trail_id      text COLLATE "C" NOT NULL,
  task_id       text NOT NULL,
  agent_id      text NOT NULL,
  action        text NOT NULL,
  method        text,
  resource      text,
  delegation_id text,
  person        text,
  attempt       bigint NOT NULL CHECK (attempt >= 1),
  input_digest  text,
  owner         text NOT NULL,
  opened_at     text NOT NULL,
  authority_id  text NOT NULL,
  code          text NOT NULL
);
CREATE INDEX intents_trail ON ${s}.intents (trail_id);

CREATE TABLE ${s}.runs (
  run_id        text COLLATE "C" PRIMARY KEY,
  seq           bigint GENERATED ALWAYS AS IDENTITY,
  parent_run_id text COLLATE "C",
  pattern       text NOT NULL,
  person        text COLLATE "C",
  state         text COLLATE "C" NOT NULL,
  request       text,
  outcome       text,
  note          text,
  owner         text COLLATE "C",
  wake_at       text COLLATE "C",
  cancel        text,
  submitted_at  text NOT NULL,
  updated_at    text NOT NULL
);
CREATE INDEX runs_unfinished ON ${s}.runs (state, wake_at) WHERE state NOT IN ('succeeded', 'failed', 'cancelled');
CREATE INDEX runs_parent ON ${s}.runs (parent_run_id) WHERE parent_run_id IS NOT NULL;
CREATE INDEX runs_person ON ${s}.runs (person) WHERE person IS NOT NULL;
${runListTables(s)}
CREATE TABLE ${s}.steps (
  run_id  text COLLATE "C" NOT NULL,
  key     text COLLATE "C" NOT NULL,
  seq     bigint GENERATED ALWAYS AS IDENTITY,
  print   text NOT NULL,
  outcome text NOT NULL,
  PRIMARY KEY (run_id, key)
);

CREATE TABLE ${s}.deliveries (
  run_id text COLLATE "C" NOT NULL,
  place  bigint NOT NULL CHECK (place >= 1),
  key    text COLLATE "C" NOT NULL,
  PRIMARY KEY (run_id, place)
);

CREATE TABLE ${s}.revocations (
  kind       text COLLATE "C" NOT NULL CHECK (kind IN ('agent', 'delegation', 'person')),
  subject_id text COLLATE "C" NOT NULL,
  reason     text NOT NULL,
  at         text NOT NULL,
  seq        bigint NOT NULL UNIQUE,
  PRIMARY KEY (kind, subject_id)
);

CREATE TABLE ${s}.statements (
  sequence      bigint PRIMARY KEY CHECK (sequence >= 1),
  previous_hash text COLLATE "C" NOT NULL,
  hash          text COLLATE "C" NOT NULL,
  text          text NOT NULL,
  seq           bigint NOT NULL UNIQUE
);

CREATE TABLE ${s}.disclosures (
  digest text COLLATE "C" PRIMARY KEY,
  person text COLLATE "C" NOT NULL,
  salt   text NOT NULL,
  text   text NOT NULL
);
CREATE INDEX disclosures_person ON ${s}.disclosures (person);
-- The statistics of a column hold some of its values, and would keep them after an erasure.
ALTER TABLE ${s}.disclosures ALTER COLUMN salt SET STATISTICS 0, ALTER COLUMN text SET STATISTICS 0;
ALTER TABLE ${s}.runs ALTER COLUMN request SET STATISTICS 0, ALTER COLUMN outcome SET STATISTICS 0,
  ALTER COLUMN note SET STATISTICS 0, ALTER COLUMN cancel SET STATISTICS 0;
ALTER TABLE ${s}.steps ALTER COLUMN outcome SET STATISTICS 0;
`;
