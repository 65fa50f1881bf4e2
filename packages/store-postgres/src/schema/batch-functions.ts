import { FIXED_PATH } from './fixed-path.js';
import { channelOf } from './schema-name.js';

/**
 * The functions that apply batches of writes, so that a batch, or many, costs one round trip.
 *
 * `apply_batches` applies each batch in a subtransaction, so that one that fails undoes itself only. An error of
 * the server and not of the batch (a deadlock, a timeout, a full disk) fails all batches.
 */
export const batchFunctions = (
  s: string,
  schema: string,
): string => `CREATE FUNCTION ${s}.take_locks(names text[]) RETURNS void
LANGUAGE plpgsql ${FIXED_PATH} AS $$
DECLARE
  wanted text;
BEGIN
  -- One order for all who want several, so that none waits for another in a circle. Rows and not advisory locks,
  -- which every user of the server can take.
  FOR wanted IN SELECT DISTINCT name COLLATE "C" FROM unnest(names) AS name ORDER BY 1 LOOP
    PERFORM 1 FROM ${s}.locks WHERE name = wanted FOR UPDATE;
    CONTINUE WHEN FOUND;
    INSERT INTO ${s}.locks (name) VALUES (wanted) ON CONFLICT DO NOTHING;
    PERFORM 1 FROM ${s}.locks WHERE name = wanted FOR UPDATE;
  END LOOP;
END $$;

CREATE FUNCTION ${s}.tell_watchers(changes bigint[]) RETURNS void
LANGUAGE plpgsql ${FIXED_PATH} AS $$
BEGIN
  IF cardinality(changes) > 0 THEN PERFORM pg_notify('${channelOf(schema)}', ''); END IF;
END $$;

CREATE FUNCTION ${s}.apply_one(batch jsonb, locks text[]) RETURNS bigint[]
LANGUAGE plpgsql ${FIXED_PATH} AS $$
DECLARE
  changes bigint[];
BEGIN
  PERFORM ${s}.take_locks(locks);
  changes := ${s}.apply_batch(batch);
  PERFORM ${s}.tell_watchers(changes);
  RETURN changes;
END $$;

CREATE FUNCTION ${s}.apply_batches(batches jsonb, locks text[])
RETURNS TABLE (changes bigint[], code text, message text, detail text, hint text)
LANGUAGE plpgsql ${FIXED_PATH} AS $$
DECLARE
  batch jsonb;
BEGIN
  PERFORM ${s}.take_locks(locks);
  FOR batch IN SELECT * FROM jsonb_array_elements(batches) LOOP
    changes := NULL; code := NULL; message := NULL; detail := NULL; hint := NULL;
    BEGIN
      changes := ${s}.apply_batch(batch);
    EXCEPTION WHEN OTHERS THEN
      IF left(SQLSTATE, 2) IN ('40', '53', '55', '57', '58', 'XX') THEN RAISE; END IF;
      changes := NULL;
      GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
        hint = PG_EXCEPTION_HINT;
    END;
    PERFORM ${s}.tell_watchers(changes);
    RETURN NEXT;
  END LOOP;
END $$;
`;
