import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ts } from './operators.mjs';

/** Unused names: an author who tries something out has them, and most compilers let them pass. */
const UNUSED = { noUnusedLocals: false, noUnusedParameters: false };

/**
 * Asks the compiler about the mutants of one package. It stays warm, so that a mutant costs some hundredths of a second.
 *
 * @param folder - the package's folder, with its tsconfig.json.
 */
export function compilerOf(folder) {
  const { config } = ts.readConfigFile(join(folder, 'tsconfig.json'), ts.sys.readFile);
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  const changed = new Map();
  let version = 0;
  const service = ts.createLanguageService({
    getCompilationSettings: () => ({
      ...options,
      ...UNUSED,
      composite: false,
      incremental: false,
      noEmit: true,
    }),
    getScriptFileNames: () => fileNames,
    getScriptVersion: (path) => changed.get(path)?.version ?? '0',
    getScriptSnapshot: (path) => {
      const text = changed.get(path)?.text ?? ts.sys.readFile(path);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => folder,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    realpath: ts.sys.realpath,
  });
  const errorsWith = (path, text) => {
    version += 1;
    changed.set(path, { text, version: String(version) });
    return service.getSyntacticDiagnostics(path).length + service.getSemanticDiagnostics(path).length;
  };
  const unchanged = new Map();
  return {
    /** Whether a changed file has no error that the unchanged one does not have. */
    accepts(path, source) {
      if (!unchanged.has(path)) unchanged.set(path, errorsWith(path, readFileSync(path, 'utf8')));
      const accepted = errorsWith(path, source) <= unchanged.get(path);
      changed.delete(path);
      return accepted;
    },
  };
}

/** The JavaScript of a mutant. */
export const javaScriptOf = (source) =>
  ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      experimentalDecorators: true,
    },
  }).outputText;
