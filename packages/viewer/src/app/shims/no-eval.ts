/** Keeps zod from compiling its parsers with `new Function`, which the page's policy forbids. Comes before zod itself. */
(globalThis as { __zod_globalConfig?: object }).__zod_globalConfig = { jitless: true };

export {};
