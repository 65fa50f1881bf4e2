import type { CapturedValue } from '../values/index.js';
import type { Actor, Tool } from './actor.js';
import { recordedArguments } from './recorded-arguments.js';

/** The output of a step of a durable run is stored. @throws UnsupportedValueError for an opaque one. */
export function expectEncodable(output: CapturedValue): CapturedValue {
  if (output.isOpaque) output.encoded();
  return output;
}

/** A tool call: the recorded form of its arguments holds no secrets. */
export function toolWork(actor: Actor, tool: Tool, input: CapturedValue) {
  const recorded = recordedArguments(input);
  return {
    actor,
    input,
    action: tool.capability,
    by: { tool },
    resource: `tool:${tool.name}`,
    details: { tool: tool.name, arguments: recorded.value },
    inputDigest: recorded.digest,
  } as const;
}
