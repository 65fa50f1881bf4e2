// What the packages export, as text that a test can compare: every name with its declaration.
//
// Read from the emitted declarations by the compiler API of TypeScript 5.9, since that of TypeScript 7 is not stable.
import { join, relative, sep } from 'node:path';
import ts from 'typescript';
import { entriesOf } from './entries.js';

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });

/** The declarations of one package's entry points. Each package is read alone: another one can add to its types. */
export class PackageApi {
  #checker;
  #folder;
  #program;
  #root;

  constructor(root, folder) {
    this.entries = entriesOf(root).filter((entry) => entry.package === folder);
    this.#root = root;
    this.#folder = join(root, 'packages', folder, '/');
    this.#program = ts.createProgram(
      this.entries.map((entry) => entry.types),
      {
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
        target: ts.ScriptTarget.ES2023,
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        types: ['node'],
      },
    );
    this.#checker = this.#program.getTypeChecker();
  }

  /** Returns the exported names of an entry point and what each stands for, sorted by name. */
  exportsOf(entry) {
    const file = this.#program.getSourceFile(entry.types);
    if (!file) throw new Error(`${entry.types} does not exist. Build the packages: npm run build`);
    const module = this.#checker.getSymbolAtLocation(file);
    return this.#checker
      .getExportsOfModule(module)
      .map((symbol) => ({ name: symbol.name, symbol: this.#resolve(symbol) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Returns the report of each entry point, by the name of its file. */
  reports() {
    return new Map(this.entries.map((entry) => [entry.report, this.reportOf(entry)]));
  }

  /** Lists what of the package has no doc comment. */
  undocumented() {
    return [...new Set(this.entries.flatMap((entry) => this.undocumentedOf(entry)))].sort();
  }

  /** Returns the report of one entry point. */
  reportOf(entry) {
    const exported = this.exportsOf(entry);
    const ownNames = new Set(
      this.entries.flatMap((each) => this.exportsOf(each)).map(({ symbol }) => symbol),
    );
    const lines = [`# ${entry.specifier}: ${exported.length} exported names`, ''];
    const mentioned = new Set();
    for (const { name, symbol } of exported) {
      lines.push(...this.#declarationOf(name, symbol), '');
      this.#collect(symbol, mentioned);
    }
    const hidden = [...mentioned].filter((symbol) => !ownNames.has(symbol));
    for (const symbol of hidden) this.#collect(symbol, mentioned, hidden, ownNames);
    if (hidden.length > 0) {
      lines.push('# Not exported from this package, but part of what is:', '');
      for (const symbol of hidden.sort((a, b) => (a.name < b.name ? -1 : 1)))
        lines.push(...this.#declarationOf(symbol.name, symbol), '');
    }
    return `${lines.join('\n').trimEnd()}\n`;
  }

  /**
   * Lists what of an entry point has no doc comment, as `Name` or `Name.member`: exported declarations, and the
   * members of exported interfaces, classes and object types. A member that overrides a documented one has one.
   */
  undocumentedOf(entry) {
    const missing = [];
    for (const { name, symbol } of this.exportsOf(entry)) {
      if (!this.#isOurs(symbol)) continue;
      if (!this.#isDocumented(symbol)) missing.push(name);
      for (const member of membersOf(symbol)) {
        const memberName = member.name?.getText();
        if (memberName === undefined || isHidden(member)) continue;
        const own = this.#checker.getSymbolAtLocation(member.name);
        if (own && !this.#isDocumented(own) && !this.#isInherited(symbol, own.name))
          missing.push(`${name}.${memberName}`);
      }
    }
    return [...new Set(missing)];
  }

  #resolve(symbol) {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  #isOurs(symbol) {
    const file = symbol.declarations?.[0]?.getSourceFile().fileName ?? '';
    return file.startsWith(this.#folder) && !file.includes('/node_modules/');
  }

  #isDocumented(symbol) {
    return (
      symbol.getDocumentationComment(this.#checker).length > 0 ||
      symbol.getJsDocTags(this.#checker).length > 0
    );
  }

  #isInherited(owner, member) {
    const type = this.#checker.getDeclaredTypeOfSymbol(owner);
    const implemented = (owner.declarations ?? [])
      .flatMap((declaration) => declaration.heritageClauses ?? [])
      .flatMap((clause) => clause.types)
      .map((each) => this.#checker.getTypeAtLocation(each));
    return [...(type.getBaseTypes?.() ?? []), ...implemented].some((base) => {
      const above = base.getProperty(member);
      return above !== undefined && (this.#isDocumented(above) || !this.#isOurs(above));
    });
  }

  #declarationOf(name, symbol) {
    if (!this.#isOurs(symbol)) {
      const file = symbol.declarations?.[0]?.getSourceFile().fileName ?? '';
      const from =
        /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ??
        relative(this.#root, file).split(sep).join('/');
      return [`${name} = ${symbol.name} of ${from}`];
    }
    return (symbol.declarations ?? []).map((declaration) => {
      const text = textOf(declaration);
      return symbol.name === name ? text : `${name} = ${text}`;
    });
  }

  /** Adds the types of ours that a declaration mentions. */
  #collect(symbol, mentioned, queue, known) {
    const visit = (node) => {
      if (isHidden(node)) return;
      if (ts.isIdentifier(node)) {
        const found = this.#checker.getSymbolAtLocation(node);
        const target = found && this.#resolve(found);
        const isType =
          target &&
          target.flags & (ts.SymbolFlags.Type | ts.SymbolFlags.Variable) &&
          !(target.flags & ts.SymbolFlags.TypeParameter);
        const isTop = target?.declarations?.some((each) => isTopLevel(each));
        if (isType && isTop && target !== symbol && this.#isOurs(target) && !mentioned.has(target)) {
          mentioned.add(target);
          if (queue && !known.has(target)) queue.push(target);
        }
      }
      ts.forEachChild(node, visit);
    };
    for (const declaration of symbol.declarations ?? []) if (this.#isOurs(symbol)) visit(declaration);
  }
}

/** The statement that a top-level declaration belongs to. A variable's is two nodes further out. */
const topOf = (declaration) =>
  ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;

const isTopLevel = (declaration) => {
  const parent = topOf(declaration).parent;
  return parent !== undefined && ts.isSourceFile(parent);
};

function textOf(declaration) {
  const top = topOf(declaration);
  const { transformed } = ts.transform(top, [withoutHidden]);
  return printer
    .printNode(ts.EmitHint.Unspecified, transformed[0], top.getSourceFile())
    .replace(/^export |\bdeclare /g, '');
}

/** Leaves out what no consumer can use: private members. */
const withoutHidden = (context) => (node) => {
  const visit = (each) => (isHidden(each) ? undefined : ts.visitEachChild(each, visit, context));
  return ts.visitNode(node, visit);
};

function isHidden(node) {
  if (!ts.isClassElement(node)) return false;
  if (node.name && ts.isPrivateIdentifier(node.name)) return true;
  return (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) !== 0;
}

function membersOf(symbol) {
  return (symbol.declarations ?? []).flatMap((declaration) => {
    if (ts.isInterfaceDeclaration(declaration) || ts.isClassDeclaration(declaration))
      return [...declaration.members];
    if (ts.isTypeAliasDeclaration(declaration)) return literalMembers(declaration.type);
    return [];
  });
}

function literalMembers(type) {
  if (ts.isTypeLiteralNode(type)) return [...type.members];
  if (ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type)) return type.types.flatMap(literalMembers);
  if (ts.isParenthesizedTypeNode(type)) return literalMembers(type.type);
  return [];
}
