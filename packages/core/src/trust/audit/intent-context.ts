import type { Intent } from '../../store/index.js';
import type { JsonObject } from '../../wire/index.js';

/** The content of an intent, for the signed context of the anchor that closes it. */
export const intentContext = (intent: Intent): JsonObject => ({
  invocation_id: intent.invocationId,
  task_id: intent.taskId,
  delegation_id: intent.delegationId,
  input_digest: intent.inputDigest,
  started_at: intent.openedAt,
});
