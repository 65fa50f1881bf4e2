/**
 * The JSON that the viewer asks a server for, such as `kaizen-eatp serve`. All paths are below the page's own address.
 * Times are strings in ISO 8601. Records travel as the JSON text that was signed: the page verifies them itself.
 */

export type * from './api/agents.js';
export type * from './api/approvals.js';
export type * from './api/deployment.js';
export type * from './api/info.js';
export type * from './api/runs.js';
