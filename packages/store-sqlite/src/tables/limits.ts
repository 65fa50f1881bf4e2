/** A number of rows as SQLite takes it, to which a negative one is no limit. */
export const boundOf = (limit: number): number => (Number.isFinite(limit) ? limit : -1);
