/** The frame types of docs/protocol.md, "Frames". */
export const FRAME = {
  ack: 0,
  ping: 1,
  pong: 2,
  hello: 10,
  challenge: 11,
  join: 12,
  welcome: 13,
  refuse: 14,
  invoke: 20,
  result: 21,
  fail: 22,
  progress: 23,
  cancel: 24,
  drain: 25,
  bye: 26,
  usage: 27,
} as const;

export type FrameName = keyof typeof FRAME;
export type FrameType = (typeof FRAME)[FrameName];

/** From here on frames are numbered: they are neither lost nor taken twice. */
export const FIRST_NUMBERED = FRAME.invoke;

export const FRAME_NAMES: ReadonlyMap<number, FrameName> = new Map(
  Object.entries(FRAME).map(([name, type]) => [type, name as FrameName]),
);
