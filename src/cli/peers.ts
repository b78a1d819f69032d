import { Command } from '@commander-js/extra-typings';
import * as operations from '../client/operations.js';
import { adminToken } from './adminToken.js';
import { nodeClient } from './nodeClient.js';
import { dataOption, jsonOption, nodeOption, peerUrl, tokenFileOption } from './options.js';
import { print, table } from './output.js';

/** `corrente peers list|add|remove`. */
export function peersCommand() {
  const peers = new Command('peers').description('the peers of a node');
  peers
    .command('list')
    .description('every peer and how it is')
    .addOption(nodeOption())
    .addOption(jsonOption())
    .action(async (options) => {
      const answer = await nodeClient(options.node)(operations.PeersDocument, {});
      const rows = answer.peers.map((peer) => [
        peer.url,
        peer.status,
        `${peer.height ?? '-'}`,
        `${peer.latencyMs ?? '-'}`,
        `${peer.standing}`,
        `${peer.queued}`,
        peer.lastError ?? '',
      ]);
      const header = ['peer', 'status', 'height', 'latency ms', 'standing', 'queued', 'why'];
      const lines = rows.length === 0 ? ['no peers; add one with: corrente peers add URL'] : table([header, ...rows]);
      print(options.json, answer.peers, lines);
    });
  peers
    .command('add')
    .description('add a peer (needs the admin token)')
    .argument('<url>', 'its GraphQL endpoint', peerUrl)
    .addOption(nodeOption())
    .addOption(tokenFileOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (url, options) => {
      const ask = nodeClient(options.node, await adminToken(options));
      const { addPeer } = await ask(operations.AddPeerDocument, { url });
      print(options.json, addPeer, [`${addPeer.url} ${addPeer.status}`]);
    });
  peers
    .command('remove')
    .description('remove a peer (needs the admin token)')
    .argument('<url>', 'its GraphQL endpoint', peerUrl)
    .addOption(nodeOption())
    .addOption(tokenFileOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (url, options) => {
      const ask = nodeClient(options.node, await adminToken(options));
      const { removePeer } = await ask(operations.RemovePeerDocument, { url });
      print(options.json, { removed: removePeer }, [removePeer ? `${url} removed` : `${url} was no peer`]);
    });
  return peers;
}
