// Opens the store in the process that imports this.
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';

export default (path) => SqliteTrustStore.open({ path });
