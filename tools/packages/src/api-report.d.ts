/** One entry point of a package. */
export interface Entry {
  readonly package: string;
  readonly name: string;
  readonly subpath: string;
  readonly specifier: string;
  readonly types: string;
  /** The name of its report's file in etc/api. */
  readonly report: string;
}

/** The declarations of one package's entry points. */
export class PackageApi {
  constructor(root: string, folder: string);
  readonly entries: readonly Entry[];
  exportsOf(entry: Entry): readonly { readonly name: string }[];
  reports(): ReadonlyMap<string, string>;
  undocumented(): readonly string[];
}
