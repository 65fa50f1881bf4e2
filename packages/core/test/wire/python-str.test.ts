import { parseJson, pythonStr } from '@kaizen-eatp/core/records';
import { describe, expect, it } from 'vitest';

// The results of Python 3.11's str(json.loads(text)).
describe('pythonStr', () => {
  it.each([
    ['null', 'None'],
    ['true', 'True'],
    ['false', 'False'],
    ['7', '7'],
    ['1.0', '1.0'],
    ['1e-5', '1e-05'],
    ['9223372036854775808', '9223372036854775808'],
    ['"plain é"', 'plain é'],
    [`["it's"]`, `["it's"]`],
    ['["say \\"x\\""]', `['say "x"']`],
    [`["both ' and \\""]`, `['both \\' and "']`],
    ['["a\\nb\\t\\\\"]', String.raw`['a\nb\t\\']`],
    ['["\\u007f\\u00a0é"]', String.raw`['\x7f\xa0é']`],
    ['["\\u200b\\ue000"]', String.raw`['\u200b\ue000']`],
    ['["\\ud83d\\ude00\\udbff\\udfff"]', String.raw`['😀\U0010ffff']`],
    ['["\\ud800"]', String.raw`['\ud800']`],
    ['{"a":[1,2.0,null,true,"x"],"b":{}}', "{'a': [1, 2.0, None, True, 'x'], 'b': {}}"],
  ])('%s is %s', (text, printed) => {
    expect(pythonStr(parseJson(text))).toBe(printed);
  });
});
