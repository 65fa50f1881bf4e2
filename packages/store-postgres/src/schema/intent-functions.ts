import { FIXED_PATH } from './fixed-path.js';
import { NOT_OWNER_STATE } from './run-functions.js';

/** The write that opens an intent, unless its owner was retired. */
export const openIntentFunction = (s: string): string => `
CREATE FUNCTION ${s}.open_intent(invocation_id text, trail_id text, task_id text, agent_id text, action text,
  method text, resource text, delegation_id text, person text, attempt bigint, input_digest text, owner text,
  opened_at text, authority_id text, code text) RETURNS void
LANGUAGE plpgsql ${FIXED_PATH} AS $$
BEGIN
  INSERT INTO ${s}.intents (invocation_id, trail_id, task_id, agent_id, action, method, resource, delegation_id,
    person, attempt, input_digest, owner, opened_at, authority_id, code)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    PERFORM ${s}.conflict('The intent ' || $1 || ' exists already', NULL, NULL,
      'Use a separate id for each.');
  END IF;
  -- After the insert, which waits for a retirement in progress.
  IF EXISTS (SELECT 1 FROM ${s}.retired_owners AS r WHERE r.owner = $12) THEN
    RAISE EXCEPTION USING ERRCODE = '${NOT_OWNER_STATE}', MESSAGE = 'The owner of the intent is retired',
      DETAIL = jsonb_build_object('owner', $12)::text;
  END IF;
END $$;
`;
