import { registerHooks } from 'node:module';

/** Marks the modules of the copy. */
export const MARK = '?uncoalesced';
const FOLDER = '/bridge-python/dist/';
const JOINED = /const JOINED_BYTES = [\d_]+;/;

/**
 * A second copy of the bridge, that differs in one constant: no frames are joined. The other copy in this process is
 * left as it is, so that both can be measured side by side.
 * @returns {Promise<typeof import('@kaizen-eatp/bridge-python')>}
 */
export async function importUncoalesced() {
  let isPatched = false;
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const isOfCopy = context.parentURL?.endsWith(MARK) && resolved.url.includes(FOLDER);
      return isOfCopy ? { ...resolved, url: resolved.url + MARK } : resolved;
    },
    load(url, context, next) {
      const loaded = next(url, context);
      if (!url.endsWith(`/session/connection.js${MARK}`)) return loaded;
      const source = String(loaded.source);
      isPatched = JOINED.test(source);
      return { ...loaded, source: source.replace(JOINED, 'const JOINED_BYTES = 0;') };
    },
  });
  try {
    const bridge = await import(`${import.meta.resolve('@kaizen-eatp/bridge-python')}${MARK}`);
    if (!isPatched) throw new Error('there is no constant any more that says how much is joined');
    return bridge;
  } finally {
    hooks.deregister();
  }
}
