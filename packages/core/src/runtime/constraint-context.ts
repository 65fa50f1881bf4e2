/** What a pattern says of an action may inform a constraint; what time it is, is not the pattern's to say. */
export function withoutTime(context: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { current_time: _python, currentTime: _typescript, ...rest } = context;
  return rest;
}
