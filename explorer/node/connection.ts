import { CorrenteClient } from '../../src/client/client.js';

/** The node that served this page: there is no other. */
export const node = new CorrenteClient({ url: new URL('/graphql', location.href).href });
