import { ERASED_RUN, ORDERED_OWNER } from '@kaizen-eatp/core/store';
import { FIXED_PATH } from './fixed-path.js';

/** SQLSTATE for a write to a run that another process owns. */
export const NOT_OWNER_STATE = 'KZ003';

const ENDED = "('succeeded', 'failed', 'cancelled')";

/**
 * The writes of durable runs.
 *
 * `expect_owner` holds the row that says who owns the run until the commit, so that a take-over waits for it. That row
 * is the job's where an engine with its queue in the same database owns the run, and the token then is
 * `pgboss/<schema>/<queue>/<job>/<attempt>`; otherwise it is the run's own.
 */
export const runFunctions = (s: string): string => `
CREATE FUNCTION ${s}.expect_owner(id text, token text) RETURNS void
LANGUAGE plpgsql ${FIXED_PATH} AS $$
DECLARE
  part text[];
  found_rows bigint;
BEGIN
  IF starts_with(token, 'pgboss/') THEN
    part := string_to_array(token, '/');
    EXECUTE format('SELECT 1 FROM %I.job WHERE name = $1 AND id = $2 AND state = ''active'' AND retry_count = $3 FOR SHARE',
      part[2]) USING part[3], part[4]::uuid, part[5]::integer;
    GET DIAGNOSTICS found_rows = ROW_COUNT;
  ELSE
    PERFORM 1 FROM ${s}.runs WHERE run_id = id AND owner = token FOR SHARE;
    GET DIAGNOSTICS found_rows = ROW_COUNT;
  END IF;
  IF found_rows = 0 THEN
    PERFORM ${s}.not_run_owner(id);
  END IF;
  PERFORM ${s}.hold_in_progress(id);
END $$;

CREATE FUNCTION ${s}.not_run_owner(id text) RETURNS void
LANGUAGE plpgsql ${FIXED_PATH} AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = '${NOT_OWNER_STATE}', MESSAGE = 'Run ' || id || ' has another owner',
    DETAIL = jsonb_build_object('runId', id)::text;
END $$;

-- Of two tokens that say which ownership came later, the earlier one takes nothing. The row is held until the commit.
CREATE FUNCTION ${s}.expect_later_owner(id text, token text) RETURNS void
LANGUAGE plpgsql ${FIXED_PATH} AS $$
BEGIN
  IF NOT starts_with(token, '${ORDERED_OWNER}') THEN RETURN; END IF;
  PERFORM 1 FROM ${s}.runs WHERE run_id = id FOR NO KEY UPDATE;
  PERFORM 1 FROM ${s}.runs
  WHERE run_id = id AND starts_with(owner, '${ORDERED_OWNER}') AND owner COLLATE "C" > token COLLATE "C";
  IF FOUND THEN PERFORM ${s}.not_run_owner(id); END IF;
END $$;

-- Held until the commit, so that an erasure waits for what is written, and removes it too.
CREATE FUNCTION ${s}.hold_in_progress(id text) RETURNS void
LANGUAGE plpgsql ${FIXED_PATH} AS $$
BEGIN
  PERFORM 1 FROM ${s}.runs WHERE run_id = id AND state NOT IN ${ENDED} FOR KEY SHARE;
  PERFORM ${s}.expect_in_progress(id, FOUND);
END $$;

CREATE FUNCTION ${s}.expect_in_progress(id text, is_in_progress boolean) RETURNS void
LANGUAGE plpgsql ${FIXED_PATH} AS $$
DECLARE
  found_state text;
BEGIN
  IF is_in_progress THEN RETURN; END IF;
  SELECT state INTO found_state FROM ${s}.runs WHERE run_id = id;
  PERFORM ${s}.conflict('Run ' || id || ' is not in progress', 'a durable run that has not ended',
    coalesce('one that has ' || found_state, 'none'), 'Read its state and its result.');
END $$;

-- The runs that were given, and those that were started inside them.
CREATE FUNCTION ${s}.runs_within(ids text[]) RETURNS text[]
LANGUAGE sql STABLE ${FIXED_PATH} AS $$
  WITH RECURSIVE within(run_id) AS (
    SELECT id COLLATE "C" FROM unnest(ids) AS id UNION SELECT r.run_id FROM ${s}.runs r JOIN within ON r.parent_run_id = within.run_id)
  SELECT coalesce(array_agg(run_id), '{}') FROM within;
$$;

CREATE FUNCTION ${s}.runs_of_person(of_person text) RETURNS text[]
LANGUAGE sql STABLE ${FIXED_PATH} AS $$
  SELECT ${s}.runs_within(array_agg(run_id)) FROM ${s}.runs WHERE person = of_person;
$$;

CREATE FUNCTION ${s}.drop_run_content(ids text[]) RETURNS void
LANGUAGE plpgsql ${FIXED_PATH} AS $$
BEGIN
  UPDATE ${s}.runs SET request = NULL, outcome = NULL WHERE run_id = ANY(ids);
  DELETE FROM ${s}.steps WHERE run_id = ANY(ids);
  DELETE FROM ${s}.deliveries WHERE run_id = ANY(ids);
END $$;

CREATE FUNCTION ${s}.erase_runs(of_person text) RETURNS void
LANGUAGE plpgsql ${FIXED_PATH} AS $$
DECLARE
  ids text[];
BEGIN
  -- Waits for those that record steps now. A run that starts inside one of them is looked for again.
  LOOP
    ids := ${s}.runs_of_person(of_person);
    PERFORM 1 FROM ${s}.runs WHERE run_id = ANY(ids) ORDER BY run_id FOR UPDATE;
    EXIT WHEN cardinality(ids) = cardinality(${s}.runs_of_person(of_person));
  END LOOP;
  UPDATE ${s}.runs SET note = '${ERASED_RUN}', cancel = NULL, wake_at = NULL,
    state = CASE WHEN state IN ${ENDED} THEN state ELSE 'cancelled' END
  WHERE run_id = ANY(ids);
  PERFORM ${s}.drop_run_content(ids);
END $$;

CREATE FUNCTION ${s}.apply_run_write(w jsonb) RETURNS void
LANGUAGE plpgsql ${FIXED_PATH} AS $$
DECLARE
  stored bigint;
BEGIN
  CASE w->>'op'
  WHEN 'fence' THEN
    PERFORM ${s}.expect_owner(w->>'runId', w->>'owner');

  WHEN 'record_steps' THEN
    PERFORM ${s}.hold_in_progress(w->>'runId');
    INSERT INTO ${s}.steps (run_id, key, print, outcome)
    SELECT w->>'runId', step->>'key', step->>'print', step->>'outcome'
    FROM jsonb_array_elements(w->'steps') WITH ORDINALITY AS given(step, n) ORDER BY n
    ON CONFLICT DO NOTHING;
    IF (SELECT count(*) FROM jsonb_array_elements(w->'steps') AS given(step) JOIN ${s}.steps AS t
        ON t.run_id = w->>'runId' AND t.key = step->>'key' AND t.outcome = step->>'outcome')
       < jsonb_array_length(w->'steps') THEN
      PERFORM ${s}.conflict('A step of run ' || (w->>'runId') || ' exists already', NULL, NULL,
        'Use a separate id for each.');
    END IF;

  WHEN 'record_order' THEN
    PERFORM ${s}.hold_in_progress(w->>'runId');
    SELECT coalesce(max(place), 0) INTO stored FROM ${s}.deliveries WHERE run_id = w->>'runId';
    IF stored + 1 <> (w->>'first')::bigint THEN
      PERFORM ${s}.conflict('The deliveries of run ' || (w->>'runId') || ' do not follow those that are stored',
        'delivery ' || stored + 1, 'delivery ' || (w->>'first'), 'Continue the run from what is stored.');
    END IF;
    INSERT INTO ${s}.deliveries (run_id, place, key)
    SELECT w->>'runId', stored + n, key FROM jsonb_array_elements_text(w->'delivered') WITH ORDINALITY AS given(key, n);

  WHEN 'add_run' THEN
    INSERT INTO ${s}.runs (run_id, parent_run_id, pattern, person, state, request, outcome, note, owner, wake_at, cancel,
      submitted_at, updated_at)
    VALUES (w->>'runId', w->>'parentRunId', w->>'pattern', w->>'person', w->>'state', w->>'request', w->>'outcome',
      w->>'note', w->>'owner', w->>'wakeAt', w->>'cancel', w->>'submittedAt', w->>'updatedAt')
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
      PERFORM ${s}.conflict('The run ' || (w->>'runId') || ' exists already', NULL, NULL, 'Use a separate id for each.');
    END IF;
    PERFORM ${s}.list_run(w, w->'noted');

  WHEN 'claim_run' THEN
    PERFORM ${s}.expect_later_owner(w->>'runId', w->>'owner');
    UPDATE ${s}.runs SET owner = w->>'owner', state = 'running', wake_at = NULL, updated_at = w->>'at'
    WHERE run_id = w->>'runId' AND state NOT IN ${ENDED};
    PERFORM ${s}.expect_in_progress(w->>'runId', FOUND);

  WHEN 'set_run_state' THEN
    UPDATE ${s}.runs SET state = w->>'state', outcome = w->>'outcome', note = w->>'note', wake_at = w->>'wakeAt',
      updated_at = w->>'at'
    WHERE run_id = w->>'runId' AND state NOT IN ${ENDED};
    PERFORM ${s}.expect_in_progress(w->>'runId', FOUND);

  WHEN 'cancel_run' THEN
    UPDATE ${s}.runs SET cancel = coalesce(cancel, w->>'cancel')
    WHERE run_id = w->>'runId' AND state NOT IN ${ENDED};

  WHEN 'wake_run' THEN
    UPDATE ${s}.runs SET state = 'queued', note = NULL, wake_at = NULL, updated_at = w->>'at'
    WHERE run_id = w->>'runId' AND state IN ('waiting', 'withheld');

  WHEN 'drop_run_content' THEN
    PERFORM ${s}.drop_run_content(${s}.runs_within(ARRAY[w->>'runId']));
  END CASE;
END $$;
`;
