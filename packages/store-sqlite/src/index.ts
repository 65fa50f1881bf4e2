export type { ArchiveOptions } from './archive.js';
export type { DoctorCode, DoctorFinding, DoctorOptions, DoctorReport } from './doctor.js';
export type { SqliteTrustStoreOptions } from './options.js';
export { SqliteTrustStore } from './sqlite-trust-store.js';
