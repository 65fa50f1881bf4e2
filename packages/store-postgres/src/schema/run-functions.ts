/** SQLSTATE for a write to a run that another process owns. */
export const NOT_OWNER_STATE = 'KZ003';

const FIXED_PATH = 'SET search_path = pg_catalog, pg_temp';
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
    RAISE EXCEPTION USING ERRCODE = '${NOT_OWNER_STATE}', MESSAGE = 'Run ' || id || ' has another owner',
      DETAIL = jsonb_build_object('runId', id)::text;
  END IF;
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

CREATE FUNCTION ${s}.drop_run_content(id text, of_person text) RETURNS void
LANGUAGE plpgsql ${FIXED_PATH} AS $$
BEGIN
  DELETE FROM ${s}.steps USING ${s}.runs r WHERE steps.run_id = r.run_id AND (r.run_id = id OR r.person = of_person);
  DELETE FROM ${s}.deliveries USING ${s}.runs r
  WHERE deliveries.run_id = r.run_id AND (r.run_id = id OR r.person = of_person);
  UPDATE ${s}.runs SET request = NULL, outcome = NULL WHERE run_id = id OR person = of_person;
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

  WHEN 'claim_run' THEN
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
    PERFORM ${s}.drop_run_content(w->>'runId', NULL);
  END CASE;
END $$;
`;
