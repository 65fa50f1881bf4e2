import { useEffect, useState } from 'preact/hooks';
import { askJson, type ServerError } from '../server/client.js';

/** An answer of the server, or why there is none yet. */
export type Loaded<T> = { readonly data?: T; readonly problem?: ServerError };

/** Asks the server for JSON, again whenever the path changes. */
export function useAnswer<T>(path: string | undefined): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({});
  useEffect(() => {
    if (path === undefined) return undefined;
    const ending = new AbortController();
    setLoaded({});
    askJson<T>(path, ending.signal).then(
      (data) => setLoaded({ data }),
      (problem) => {
        if (!ending.signal.aborted) setLoaded({ problem });
      },
    );
    return () => ending.abort();
  }, [path]);
  return loaded;
}

/** What is shown while there is no answer. */
export function Waiting({ problem }: { readonly problem: ServerError | undefined }) {
  if (!problem) return <p class="quiet">Loading…</p>;
  return (
    <p class="failure" role="alert">
      {problem.message} {problem.remedy}
    </p>
  );
}
