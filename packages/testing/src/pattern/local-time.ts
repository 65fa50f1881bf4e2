/** Methods of dates that tell or take a time in the time zone of the process. */
export const LOCAL_TIME = [
  'getFullYear',
  'getMonth',
  'getDate',
  'getDay',
  'getHours',
  'getMinutes',
  'getTimezoneOffset',
  'setFullYear',
  'setMonth',
  'setDate',
  'setHours',
  'setMinutes',
  'toString',
  'toDateString',
  'toTimeString',
];

/** Methods of dates that use the time zone of the process unless they are given another one. */
export const TIME_IN_WORDS = ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'];

/** Whether the arguments of such a method name no time zone. */
export const namesNoZone = ([, options]: readonly unknown[]): boolean =>
  (options as { timeZone?: unknown } | undefined)?.timeZone === undefined;
