import { CorrenteClient } from '../../src/client/client.js';

// As built, this script lies two folders below what serves the page: at a proxy, that may be a path.
const script = import.meta.url;
const served = new URL('../../', script);

/** Path below which the node is served, without a slash at its end: empty at the root of a host. */
export const basePath = served.pathname.slice(0, -1);

/** GraphQL endpoint of the node that served this page: there is no other. */
export const endpoint = new URL('graphql', served).href;

/** The node that served this page. */
export const node = new CorrenteClient({ url: endpoint });
