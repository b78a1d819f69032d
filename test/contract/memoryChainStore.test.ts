import { MemoryChainStore } from '../support/memoryChainStore.js';
import { chainStoreContract } from './chainStore.js';
import { chainStorePagingContract } from './chainStorePaging.js';

const open = (...[network]: ConstructorParameters<typeof MemoryChainStore>) =>
  Promise.resolve(new MemoryChainStore(network));

chainStoreContract('memory', open);
chainStorePagingContract('memory', open);
