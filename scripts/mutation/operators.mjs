import { createRequire } from 'node:module';

// The compiler of TypeScript 5, whose syntax tree is open to programs.
const ts = createRequire(new URL('../../tools/packages/package.json', import.meta.url))('typescript');

export { ts };

/**
 * Finds the mutants of a source file: each is one change that a careless author could have made.
 *
 * @returns for each the operator, the line, and the whole changed source.
 */
export function mutantsOf(path, source) {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const found = [];
  const lines = source.split('\n');
  const text = (node) => node.getText(file);
  const change = (operator, node, replacement) => {
    const [start, end] = [node.getStart(file), node.getEnd()];
    if (source.slice(start, end) === replacement) return;
    const line = file.getLineAndCharacterOfPosition(start).line + 1;
    const was = source.slice(start, end).replace(/\s+/g, ' ').slice(0, 100);
    found.push({
      path,
      operator,
      line,
      was,
      text: lines[line - 1],
      source: source.slice(0, start) + replacement + source.slice(end),
    });
  };
  const visit = (node) => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node)) return;
    for (const mutate of OPERATORS) mutate(node, change, text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

const calleeOf = (node) => {
  const { expression } = node;
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.text;
};
const withoutAwait = (node) => (ts.isAwaitExpression(node) ? node.expression : node);
const isRecord = /^(share|skip|recordFailure|recordExclusion|report)$/;
const isCheck = /^(expect[A-Z]\w*|check[A-Z]\w*|refuse\w*)$/;

const OPPOSITES = {
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '&&': '||',
  '||': '&&',
  '+': '-',
};

const OPERATORS = [
  function dropAwait(node, change, text) {
    if (ts.isAwaitExpression(node)) change('drop an await', node, `(${text(node.expression)})`);
  },
  function swapAgents(node, change, text) {
    if (!ts.isCallExpression(node) || calleeOf(node) !== 'delegate' || node.arguments.length < 2) return;
    const [from, to, ...more] = node.arguments.map(text);
    change('swap two agents', node, `${text(node.expression)}(${[to, from, ...more].join(', ')})`);
    change('remove a delegation', node, 'Promise.resolve(undefined as never)');
    if (more.length > 0) change('widen a scope', node, `${text(node.expression)}(${from}, ${to})`);
  },
  function dropProperty(node, change) {
    const name = (ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) && node.name.text;
    if (['capabilities', 'constraints', 'delegation', 'action', 'details'].includes(name))
      change(`leave out ${name}`, node, '...{}');
  },
  function skipStatement(node, change) {
    if (!ts.isExpressionStatement(node)) return;
    const call = withoutAwait(node.expression);
    if (!ts.isCallExpression(call)) return;
    const name = calleeOf(call) ?? '';
    if (isRecord.test(name)) change('skip a record', node, ';');
    else if (isCheck.test(name)) change('skip a check', node, ';');
    else change('skip a call', node, ';');
  },
  function dropThrow(node, change) {
    if (ts.isThrowStatement(node)) change('drop a throw', node, ';');
  },
  function negate(node, change, text) {
    if (ts.isIfStatement(node)) change('negate a condition', node.expression, `!(${text(node.expression)})`);
    if (ts.isConditionalExpression(node))
      change('negate a choice', node.condition, `!(${text(node.condition)})`);
  },
  function compareOtherwise(node, change, text) {
    if (!ts.isBinaryExpression(node)) return;
    const opposite = OPPOSITES[text(node.operatorToken)];
    if (opposite) change('change an operator', node.operatorToken, opposite);
  },
  function loseResult(node, change) {
    if (ts.isReturnStatement(node) && node.expression && !ts.isArrowFunction(node.parent))
      change('lose a result', node.expression, '(undefined as never)');
  },
  function cacheRead(node, change, text) {
    if (
      !ts.isMethodDeclaration(node) ||
      !node.body ||
      !/^(read|find|list|trailHead|open)/.test(node.name.text ?? '')
    )
      return;
    const { statements } = node.body;
    const last = statements.at(-1);
    if (!last || !ts.isReturnStatement(last) || !last.expression) return;
    const key = `'${node.name.text}' + JSON.stringify([...arguments])`;
    const body = [
      `const cache = ((this as any).cached ??= new Map()); const key = ${key}; if (cache.has(key)) return cache.get(key);`,
      ...statements.slice(0, -1).map(text),
      `const fresh = ${text(last.expression)}; cache.set(key, fresh); return fresh;`,
    ];
    change('cache a read', node.body, `{ ${body.join('\n')} }`);
  },
  function changeSql(node, change, text) {
    if (!ts.isStringLiteralLike(node) && !ts.isTemplateExpression(node)) return;
    const sql = text(node);
    if (!/\b(SELECT|UPDATE|INSERT|DELETE|BEGIN)\b/.test(sql)) return;
    const changes = {
      'drop an order': sql.replace(/ORDER BY [\w., ]+?(?=\s*(LIMIT|[`')]|$))/, ''),
      'turn an order round': sql.replace(/(ORDER BY \w+)/, '$1 DESC'),
      'drop a fence': sql.replace(/ AND [\w.]*version[\w.]* = (\?|\$\d+)/, ''),
      'drop a lock': sql.replace(/ FOR (UPDATE|SHARE)| IMMEDIATE/, ''),
      'drop a condition': sql.replace(/ AND [\w.]+ = ('[\w]+')/, ''),
      'include the limit': sql.replace(/ > (\?|\$\d+)/, ' >= $1'),
    };
    for (const [operator, changed] of Object.entries(changes)) change(operator, node, changed);
  },
];
