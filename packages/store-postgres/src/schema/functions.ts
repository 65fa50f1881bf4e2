import { batchFunctions } from './batch-functions.js';
import { FIXED_PATH } from './fixed-path.js';
import { openIntentFunction } from './intent-functions.js';
import { runFunctions } from './run-functions.js';
import { runListFunctions } from './run-list.js';

/** SQLSTATEs of our own, in a class that the standard leaves to implementations. */
export const CONFLICT_STATE = 'KZ001';
export const FORK_STATE = 'KZ002';

const START = '0'.repeat(64);

/**
 * `apply_batch` applies the writes of one batch in order and raises at the first that does not hold. It returns the
 * number in the feed of changes for each write that watchers hear of, in their order; 0 where nothing changed.
 */
export const functions = (s: string, schema: string): string => `${runListFunctions(s)}
${runFunctions(s)}
${openIntentFunction(s)}
CREATE FUNCTION ${s}.conflict(message text, expected text, received text, remedy text) RETURNS void
LANGUAGE plpgsql ${FIXED_PATH} AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = '${CONFLICT_STATE}', MESSAGE = message,
    DETAIL = jsonb_build_object('expected', expected, 'received', received)::text, HINT = remedy;
END $$;

CREATE FUNCTION ${s}.close_intent(id text) RETURNS void
LANGUAGE plpgsql ${FIXED_PATH} AS $$
BEGIN
  -- Of two that close it at once one waits here for the other, and then finds nothing to remove.
  DELETE FROM ${s}.intents WHERE invocation_id = id;
  IF NOT FOUND THEN
    PERFORM ${s}.conflict('The intent ' || id || ' is not open',
      'an intent that was stored and has no outcome yet', 'none',
      'It was never stored, or its outcome is already recorded. Read the trail.');
  END IF;
END $$;

CREATE FUNCTION ${s}.to_moment(at timestamptz) RETURNS text
LANGUAGE sql ${FIXED_PATH} AS $$
  SELECT replace(to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), '.000000', '');
$$;

CREATE FUNCTION ${s}.apply_batch(batch jsonb) RETURNS bigint[]
LANGUAGE plpgsql ${FIXED_PATH} AS $$
DECLARE
  w jsonb;
  found_version bigint;
  head_sequence bigint;
  head_hash text;
  changed bigint;
  changes bigint[] := '{}';
BEGIN
  FOR w IN SELECT * FROM jsonb_array_elements(batch) LOOP
    CASE w->>'op'
    WHEN 'open_intent' THEN
      PERFORM ${s}.open_intent(w->>'invocationId', w->>'trailId', w->>'taskId', w->>'agentId', w->>'action',
        w->>'method', w->>'resource', w->>'delegationId', w->>'person', (w->>'attempt')::bigint, w->>'inputDigest',
        w->>'owner', w->>'openedAt', w->>'authorityId', w->>'code');

    WHEN 'retire_owner' THEN
      -- Waits for those that open intents now, so that none of the owner appears later.
      LOCK TABLE ${s}.intents IN SHARE ROW EXCLUSIVE MODE;
      INSERT INTO ${s}.retired_owners (owner) VALUES (w->>'owner') ON CONFLICT DO NOTHING;
      DELETE FROM ${s}.owners WHERE owner = w->>'owner';

    WHEN 'append_anchor' THEN
      PERFORM ${s}.append_anchor(w->>'trailId', (w->>'sequence')::bigint, w->>'previousHash', w->>'hash',
        w->>'anchorId', w->>'agentId', w->>'text', w->>'closesIntent', w->'noted');

    WHEN 'add_delegation' THEN
      -- An id stays used after its entry was archived, or an ended delegation could be put in force again.
      INSERT INTO ${s}.delegations (delegation_id, task_id, run_id, invocation_id, delegator_id, delegatee_id,
        parent_delegation_id, person, nonce, text, status, ended_at)
      SELECT w->>'delegationId', w->>'taskId', w->>'runId', w->>'invocationId', w->>'delegatorId',
        w->>'delegateeId', w->>'parentDelegationId', w->>'person', w->>'nonce', w->>'text', w->>'status',
        CASE WHEN w->>'status' NOT IN ('in_force', 'offered') THEN now() END
      WHERE NOT EXISTS (SELECT 1 FROM ${s}.archived_delegations WHERE delegation_id = w->>'delegationId')
      ON CONFLICT DO NOTHING;
      IF NOT FOUND THEN
        PERFORM ${s}.conflict('The delegation ' || (w->>'delegationId') || ' exists already', NULL, NULL,
          'Use a separate id for each.');
      END IF;

    WHEN 'accept_delegation' THEN
      -- Of two that accept it at once one waits here for the other, and then finds nothing offered.
      UPDATE ${s}.delegations SET status = 'accepted', ended_at = now()
      WHERE delegation_id = w->>'delegationId' AND status = 'offered';
      IF NOT FOUND THEN
        PERFORM ${s}.conflict('The delegation ' || (w->>'delegationId') || ' is not offered',
          'an offered delegation that was neither accepted nor revoked', 'none',
          'Read it again: another writer accepted or revoked it.');
      END IF;

    WHEN 'close_delegations' THEN
      IF w ? 'runId' THEN
        UPDATE ${s}.delegations SET status = 'closed', ended_at = now()
        WHERE run_id = w->>'runId' AND status = 'in_force';
      ELSE
        -- Those of a run end with it, not with the task that it names.
        UPDATE ${s}.delegations SET status = 'closed', ended_at = now()
        WHERE task_id = w->>'taskId' AND delegator_id = w->>'delegatorId' AND run_id IS NULL
          AND status = 'in_force';
      END IF;

    WHEN 'put_authority' THEN
      IF w->>'ifVersion' IS NULL THEN
        INSERT INTO ${s}.authorities (authority_id, text, version)
        VALUES (w->>'authorityId', w->>'text', nextval('${s}.change_sequence')) ON CONFLICT DO NOTHING;
      ELSE
        UPDATE ${s}.authorities SET text = w->>'text', version = nextval('${s}.change_sequence')
        WHERE authority_id = w->>'authorityId' AND version::text = w->>'ifVersion';
      END IF;
      IF NOT FOUND THEN
        SELECT version INTO found_version FROM ${s}.authorities WHERE authority_id = w->>'authorityId';
        PERFORM ${s}.conflict('The authority ' || (w->>'authorityId') || ' ',
          coalesce('version ' || (w->>'ifVersion'), 'none'), coalesce('version ' || found_version, 'none'),
          'Read it again and repeat the change.');
      END IF;

    WHEN 'put_chain' THEN
      INSERT INTO ${s}.earlier_chains (agent_id, text)
      SELECT c.agent_id, c.text FROM ${s}.chains AS c WHERE c.agent_id = w->>'agentId' AND c.text <> w->>'text';
      changed := nextval('${s}.change_sequence');
      IF w->>'ifVersion' IS NULL THEN
        INSERT INTO ${s}.chains AS c (agent_id, text, authority_id, expires_at, active, created_at, updated_at,
          version)
        VALUES (w->>'agentId', w->>'text', w->>'authorityId', w->>'expiresAt', true, ${s}.to_moment(now()),
          ${s}.to_moment(now()), changed)
        ON CONFLICT (agent_id) DO UPDATE SET text = excluded.text, authority_id = excluded.authority_id,
          expires_at = excluded.expires_at, active = true, updated_at = excluded.updated_at, ended_at = NULL,
          version = excluded.version
        WHERE NOT c.active;
      ELSE
        UPDATE ${s}.chains SET text = w->>'text', authority_id = w->>'authorityId',
          expires_at = w->>'expiresAt', updated_at = ${s}.to_moment(now()), version = changed
        WHERE agent_id = w->>'agentId' AND active AND version::text = w->>'ifVersion';
      END IF;
      IF NOT FOUND THEN
        SELECT version INTO found_version FROM ${s}.chains WHERE agent_id = w->>'agentId' AND active;
        PERFORM ${s}.conflict('The chain of ' || (w->>'agentId') || ' ',
          coalesce('version ' || (w->>'ifVersion'), 'none'), coalesce('version ' || found_version, 'none'),
          'Read it again and repeat the change.');
      END IF;
      changes := changes || changed;

    WHEN 'deactivate_chain' THEN
      changed := nextval('${s}.change_sequence');
      UPDATE ${s}.chains SET active = false, updated_at = w->>'at', ended_at = w->>'at', version = changed
      WHERE agent_id = w->>'agentId';
      changes := changes || CASE WHEN FOUND THEN changed ELSE 0 END;

    WHEN 'revoke' THEN
      changed := nextval('${s}.change_sequence');
      INSERT INTO ${s}.revocations (kind, subject_id, reason, at, seq)
      VALUES (w->>'kind', w->>'subjectId', w->>'reason', w->>'at', changed)
      ON CONFLICT (kind, subject_id) DO UPDATE SET reason = excluded.reason, at = excluded.at,
        seq = excluded.seq;
      IF w->>'kind' = 'delegation' THEN
        UPDATE ${s}.delegations SET status = 'revoked', ended_at = now()
        WHERE delegation_id = w->>'subjectId';
      ELSIF w->>'kind' = 'person' THEN
        UPDATE ${s}.delegations SET status = 'revoked', ended_at = now()
        WHERE person = w->>'subjectId' AND status IN ('in_force', 'offered');
      END IF;
      changes := changes || changed;

    WHEN 'append_statement' THEN
      -- The feed's lock is held, so that of two that append at one place one finds the place taken.
      changed := nextval('${s}.change_sequence');
      SELECT sequence, hash INTO head_sequence, head_hash FROM ${s}.statements ORDER BY sequence DESC LIMIT 1;
      IF NOT FOUND THEN head_sequence := 0; head_hash := '${START}'; END IF;
      IF (w->>'sequence')::bigint <> head_sequence + 1 OR w->>'previousHash' <> head_hash THEN
        PERFORM ${s}.conflict('Another writer added to the statements',
          'statement ' || head_sequence + 1 || ' after ' || left(head_hash, 12) || '…',
          'statement ' || (w->>'sequence') || ' after ' || left(w->>'previousHash', 12) || '…',
          'Read the statements again, and sign this one for the next place.');
      END IF;
      INSERT INTO ${s}.statements (sequence, previous_hash, hash, text, seq)
      VALUES ((w->>'sequence')::bigint, w->>'previousHash', w->>'hash', w->>'text', changed);
      changes := changes || changed;

    WHEN 'put_disclosure' THEN
      INSERT INTO ${s}.disclosures (digest, person, salt, text)
      VALUES (w->>'digest', w->>'person', w->>'salt', w->>'text') ON CONFLICT DO NOTHING;

    WHEN 'erase_person' THEN
      DELETE FROM ${s}.disclosures WHERE person = w->>'person';
      PERFORM ${s}.erase_runs(w->>'person');

    ELSE
      PERFORM ${s}.apply_run_write(w);
    END CASE;
  END LOOP;
  RETURN changes;
END $$;

CREATE FUNCTION ${s}.append_anchor(trail_id text, sequence bigint, previous_hash text, hash text, anchor_id text,
  agent_id text, text text, closes_intent text, noted jsonb) RETURNS void
LANGUAGE plpgsql ${FIXED_PATH} AS $$
#variable_conflict use_column
DECLARE
  head_sequence bigint;
  head_hash text;
BEGIN
  INSERT INTO ${s}.trail (trail_id, sequence, previous_hash, hash, anchor_id, agent_id, text)
  SELECT $1, $2, $3, $4, $5, $6, $7
  WHERE ($2 = 1 AND $3 = '${START}')
    OR EXISTS (SELECT 1 FROM ${s}.trail AS t WHERE t.trail_id = $1 AND t.sequence = $2 - 1 AND t.hash = $3)
  ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    SELECT t.sequence, t.hash INTO head_sequence, head_hash FROM ${s}.trail AS t
    WHERE t.trail_id = $1 ORDER BY t.sequence DESC LIMIT 1;
    RAISE EXCEPTION USING ERRCODE = '${FORK_STATE}',
      MESSAGE = 'Trail ' || $1 || ' cannot take entry ' || $2,
      DETAIL = jsonb_build_object('trailId', $1,
        'expected', 'entry ' || coalesce(head_sequence, 0) + 1 || ' after '
          || left(coalesce(head_hash, '${START}'), 12) || '…',
        'received', 'entry ' || $2 || ' after ' || left($3, 12) || '…')::text;
  END IF;
  PERFORM ${s}.list_entry($1, $2, $6, $9);
  IF closes_intent IS NOT NULL THEN PERFORM ${s}.close_intent(closes_intent); END IF;
END $$;
${batchFunctions(s, schema)}`;
