/**
 * Only PostgreSQL's own functions, operators and types are found by name; everything of ours is qualified. Otherwise a
 * function that another role puts into a schema of the search path, with parameters that fit better, would run with
 * the rights of the store's user. `pg_temp` is named so that it is not searched first.
 */
export const FIXED_PATH = 'SET search_path = pg_catalog, pg_temp';
