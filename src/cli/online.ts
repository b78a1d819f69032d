import { Command } from '@commander-js/extra-typings';
import * as operations from '../client/operations/public.js';
import { formatCoins } from '../consensus/coins.js';
import { findAdminToken, findNamedToken, nodeClient } from './nodeClient.js';
import {
  address,
  configOption,
  dataOption,
  integer,
  jsonOption,
  nodeOption,
  peerUrl,
  tokenFileOption,
} from './options.js';
import { print, table } from './terminal.js';
import { Failure } from './failure.js';

/** How long one block may take. */
const MAX_BLOCK_MS = 600_000;

/** `corrente balance ADDRESS`. */
export function balanceCommand() {
  return new Command('balance')
    .description('show the balance of an account')
    .argument('<address>', 'the account', address)
    .addOption(nodeOption())
    .addOption(jsonOption())
    .action(async (account, options) => {
      const { balance } = await nodeClient(options.node)(operations.AccountDocument, { address: account.text });
      print(options.json, balance, [
        `confirmed  ${formatCoins(BigInt(balance.confirmed))} coins at block ${balance.asOf.height}`,
        `available  ${formatCoins(BigInt(balance.available))}`,
        `incoming   ${formatCoins(BigInt(balance.incoming))}`,
        `nonce      ${balance.nonce}, next ${balance.nextNonce}`,
      ]);
    });
}

/** `corrente mine [COUNT]`. */
export function mineCommand() {
  return adminCommand('mine', 'mine blocks now')
    .argument('[count]', 'number of blocks', integer(1, 1_000), 1)
    .action(async (count, options) => {
      const ask = nodeClient(options.node, await findAdminToken(options));
      const { mineBlocks } = await ask(operations.MineBlocksDocument, { count }, count * MAX_BLOCK_MS);
      const blocks = mineBlocks.flatMap((outcome) => (outcome.__typename === 'BlockAccepted' ? [outcome.block] : []));
      print(
        options.json,
        mineBlocks,
        blocks.map(
          ({ height, hash, transactionCount, reward }) =>
            `block ${height}  ${hash}  ${transactionCount} transactions, reward ${formatCoins(BigInt(reward))} coins`,
        ),
      );
      const rejected = mineBlocks.find((outcome) => outcome.__typename === 'Rejected');
      if (rejected?.code === 'WALLET_UNAVAILABLE') {
        throw new Failure(
          `rejected: ${rejected.code}: expected an account to be paid: start the node with --miner ADDRESS`,
        );
      }
      if (rejected) throw new Failure(`rejected: ${rejected.code}: ${rejected.message}`);
    });
}

/** A command that needs the admin token. */
function adminCommand(name: string, description: string) {
  return new Command(name)
    .description(`${description} (needs the admin token)`)
    .addOption(nodeOption())
    .addOption(tokenFileOption())
    .addOption(dataOption())
    .addOption(configOption())
    .addOption(jsonOption());
}

/** What `peers add` prints: a peer that does not answer is added all the same. */
function addedPeerLines({ url, status, lastError }: operations.PeerFieldsFragment): string[] {
  const line = `${url} ${status}`;
  if (status !== 'UNREACHABLE') return [line];
  return [
    `${line}: ${lastError ?? 'no answer'}`,
    'the node keeps it and tries it again; npx corrente peers list shows how it is',
  ];
}

/** `corrente peers list|add|remove`. */
export function peersCommand() {
  const peers = new Command('peers').description('the peers of a node');
  peers
    .command('list')
    .description('list every peer and its state')
    .addOption(nodeOption())
    .addOption(tokenFileOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (options) => {
      const ask = nodeClient(options.node, await findNamedToken(options));
      const answer = await ask(operations.PeersDocument, {});
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
      const lines =
        rows.length === 0 ? ['no peers; add one with: npx corrente peers add URL'] : table([header, ...rows]);
      print(options.json, answer.peers, lines);
    });
  const add = adminCommand('add', 'add a peer')
    .argument('<url>', 'its GraphQL endpoint', peerUrl)
    .action(async (url, options) => {
      const ask = nodeClient(options.node, await findAdminToken(options));
      const { addPeer } = await ask(operations.AddPeerDocument, { url });
      print(options.json, addPeer, addedPeerLines(addPeer));
    });
  const remove = adminCommand('remove', 'remove a peer')
    .argument('<url>', 'its GraphQL endpoint', peerUrl)
    .action(async (url, options) => {
      const ask = nodeClient(options.node, await findAdminToken(options));
      const { removePeer } = await ask(operations.RemovePeerDocument, { url });
      print(options.json, { removed: removePeer }, [removePeer ? `${url} removed` : `${url} was no peer`]);
    });
  return peers.addCommand(add).addCommand(remove);
}
