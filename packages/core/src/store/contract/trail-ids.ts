/**
 * The id of the trail for everything outside runs. It has many writers, and every anchor signs its place: a writer that
 * finds its place taken signs again for the next one.
 */
export const SHARED_TRAIL = 'outside-runs';

/** The id of the trail that holds the log of checkpoints, as acts of the recorder. */
export const CHECKPOINT_TRAIL = 'checkpoints';

/** Whether a trail is that of a run, which has an end. */
export const isRunTrail = (trailId: string): boolean =>
  trailId !== SHARED_TRAIL && trailId !== CHECKPOINT_TRAIL;
