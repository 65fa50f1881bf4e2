import type { CapturedValue } from '../values/index.js';

/** The output of a step of a durable run is stored. @throws UnsupportedValueError for an opaque one. */
export function expectEncodable(output: CapturedValue): CapturedValue {
  if (output.isOpaque) output.encoded();
  return output;
}
