import { openLmdbStore } from '../support/storeOpen.js';
import { chainStoreContract } from './chainStore.js';
import { chainStorePagingContract } from './chainStorePaging.js';

chainStoreContract('lmdb', (network) => openLmdbStore(network));
chainStorePagingContract('lmdb', (network) => openLmdbStore(network));
