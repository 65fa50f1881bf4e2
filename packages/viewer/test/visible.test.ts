import { expect, it } from 'vitest';
import { pretty, visible } from '../src/app/model/records.js';

it('what a person decides about has no character that hides or reorders others', () => {
  expect(visible('pay\u202eeva\u200b\n\u0007')).toBe('pay\\u{202e}eva\\u{200b}\\u{a}\\u{7}');
  expect(visible('zahle 5 € an Zoë 👍')).toBe('zahle 5 € an Zoë 👍');
});

it('nor does a record that is shown with line breaks', () => {
  expect(pretty('{"to":"a\u202eb\\n","n":1}')).toBe('{\n  "to": "a\\u{202e}b\\n",\n  "n": 1\n}');
  expect(pretty('no JSON\u2028')).toBe('no JSON\\u{2028}');
});
