import {
  type Authority,
  type ReasoningTrace,
  reasoningSignaturePreimage,
  reasoningTraceHash,
} from '../../chain/index.js';
import { isSigned } from './chain-signatures.js';
import { type Denial, deny } from './denial.js';

interface Reasoned {
  readonly id: string;
  readonly reasoningTrace?: ReasoningTrace | null;
  readonly reasoningTraceHash?: string | null;
  readonly reasoningSignature?: string | null;
}

/** Whether the reasoning that a record carries, if any, is the one whose hash was signed, and signed for this record. */
export function findReasoningDenial(record: Reasoned, authority: Authority): Denial | undefined {
  const { id, reasoningTrace: trace } = record;
  if (!trace) {
    // A record without its reasoning must have no signature of it either: otherwise the reasoning was removed.
    return record.reasoningSignature
      ? deny('REASONING_MISSING', `the reasoning that was signed for ${id} is not there`)
      : undefined;
  }
  if (record.reasoningTraceHash !== reasoningTraceHash(trace)) {
    return deny('REASONING_INVALID', `the reasoning trace of ${id} is not the one whose hash was signed`);
  }
  return isSigned(reasoningSignaturePreimage(id, trace), record.reasoningSignature, authority)
    ? undefined
    : deny('REASONING_INVALID', `the reasoning signature of ${id} is not valid`);
}
