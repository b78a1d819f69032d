import { CorrenteClient } from '../../src/client/client.js';

// In the build, this script is two folders below the address of the page, which may have a path at a proxy.
const script = import.meta.url;
const served = new URL('../../', script);

/** Path at which the node is served, without a slash at its end: empty at the root of a host. */
export const basePath = served.pathname.slice(0, -1);

/** GraphQL endpoint of the node that served this page, the only one that it uses. */
export const endpoint = new URL('graphql', served).href;

/** The node that served this page. */
export const node = new CorrenteClient({ url: endpoint });
