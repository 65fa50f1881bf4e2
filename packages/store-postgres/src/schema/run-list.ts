import { FIXED_PATH } from './fixed-path.js';

/**
 * An index of all runs, durable or not. A mark is something that runs are found by, such as an agent or a task; its length is
 * bounded, so that an entry of an index can hold it besides the id of a run.
 */
export const runListTables = (s: string): string => `
CREATE TABLE ${s}.run_list (
  run_id       text COLLATE "C" PRIMARY KEY,
  moment       bigint NOT NULL,
  state        text COLLATE "C" NOT NULL,
  durable      boolean NOT NULL,
  pattern      text,
  task_id      text,
  submitted_at text,
  started_at   text,
  ended_at     text,
  denials      bigint NOT NULL
);
CREATE INDEX run_list_moment ON ${s}.run_list (moment, run_id);
CREATE INDEX run_list_state ON ${s}.run_list (state, moment, run_id);

CREATE TABLE ${s}.run_marks (
  run_id   text COLLATE "C" NOT NULL,
  mark     text COLLATE "C" NOT NULL,
  moment   bigint NOT NULL,
  agent_id text COLLATE "C",
  PRIMARY KEY (run_id, mark)
);
CREATE INDEX run_marks_mark ON ${s}.run_marks (mark, moment, run_id);
`;

/**
 * The writes of the list. \`noted\` is what the package read from a record, since the text of a record can be anything, which
 * PostgreSQL need not read as JSON.
 */
export const runListFunctions = (s: string): string => `
CREATE FUNCTION ${s}.list_marks(id text, marks jsonb, agent text) RETURNS void
LANGUAGE sql ${FIXED_PATH} AS $$
  INSERT INTO ${s}.run_marks (run_id, mark, moment, agent_id)
  SELECT listed.run_id, given.mark, listed.moment, agent
  FROM jsonb_array_elements_text(marks) AS given(mark) CROSS JOIN ${s}.run_list AS listed
  WHERE listed.run_id = id
  ON CONFLICT DO NOTHING;
$$;

CREATE FUNCTION ${s}.list_entry(id text, place bigint, agent text, noted jsonb) RETURNS void
LANGUAGE plpgsql ${FIXED_PATH} AS $$
BEGIN
  IF noted IS NULL THEN RETURN; END IF;
  IF place = 1 THEN
    INSERT INTO ${s}.run_list AS listed (run_id, moment, state, durable, task_id, started_at, denials)
    VALUES (id, (noted->>'moment')::bigint, 'running', false, noted->>'taskId', noted->>'at', 0)
    ON CONFLICT (run_id) DO UPDATE SET started_at = excluded.started_at, task_id = excluded.task_id;
  END IF;
  IF (noted->>'isDenial')::boolean OR noted->>'ended' IS NOT NULL THEN
    UPDATE ${s}.run_list SET denials = denials + (noted->>'isDenial')::boolean::int,
      ended_at = CASE WHEN noted->>'ended' IS NULL THEN ended_at ELSE noted->>'at' END,
      state = CASE WHEN durable THEN state ELSE coalesce(noted->>'ended', state) END,
      pattern = coalesce(noted->>'pattern', pattern)
    WHERE run_id = id;
  END IF;
  PERFORM ${s}.list_marks(id, jsonb_build_array(noted->>'agentMark'), agent);
  PERFORM ${s}.list_marks(id, noted->'marks', NULL);
END $$;

CREATE FUNCTION ${s}.list_run(run jsonb, noted jsonb) RETURNS void
LANGUAGE plpgsql ${FIXED_PATH} AS $$
DECLARE
  at bigint := (noted->>'moment')::bigint;
BEGIN
  INSERT INTO ${s}.run_list (run_id, moment, state, durable, pattern, submitted_at, denials)
  VALUES (run->>'runId', at, run->>'state', true, run->>'pattern', run->>'submittedAt', 0)
  ON CONFLICT (run_id) DO UPDATE SET moment = excluded.moment, state = excluded.state, durable = true,
    pattern = excluded.pattern, submitted_at = excluded.submitted_at;
  UPDATE ${s}.run_marks SET moment = at WHERE run_id = run->>'runId' AND moment <> at;
  PERFORM ${s}.list_marks(run->>'runId', noted->'marks', NULL);
END $$;

CREATE FUNCTION ${s}.list_state() RETURNS trigger
LANGUAGE plpgsql ${FIXED_PATH} AS $$
BEGIN
  UPDATE ${s}.run_list SET state = NEW.state WHERE run_id = NEW.run_id;
  RETURN NULL;
END $$;

CREATE TRIGGER list_state AFTER UPDATE OF state ON ${s}.runs
FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION ${s}.list_state();
`;
