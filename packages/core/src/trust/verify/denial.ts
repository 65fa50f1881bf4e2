export { type Denial, type DenialCode, type DenialEvidence, deny, denyForAll } from '../../errors/denial.js';
