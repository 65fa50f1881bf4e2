// Opens the store in the process that imports this.
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';

export default (options) => PostgresTrustStore.open(options);
