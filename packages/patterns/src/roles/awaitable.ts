/** What a role's method returns, at once or later. */
export type Awaitable<T> = T | PromiseLike<T>;
