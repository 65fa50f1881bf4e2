/** The return value of a role's method: the value itself, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;
