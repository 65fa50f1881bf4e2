import { dirname, join } from 'node:path';

/** The environment of a reader's shell: nothing of this repository, and no registry but the local one. */
export function readerEnvironment(place: string, registryUrl: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_|VITEST|TEST$|INIT_CWD)/i.test(name),
  );
  const path = [
    dirname(process.execPath),
    ...(process.env.PATH ?? '').split(':').filter((each) => !each.includes('node_modules')),
  ];
  return {
    ...Object.fromEntries(own),
    PATH: path.join(':'),
    HOME: join(place, 'home'),
    npm_config_registry: registryUrl,
    npm_config_cache: join(place, 'cache'),
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
  };
}
