import { once } from 'node:events';
import { Command } from '@commander-js/extra-typings';
import { WebSocket } from 'undici';
import { CorrenteClient, type NodeConnection, type Subscribe } from '../client/correnteClient.js';
import { followBlocks, followPeers, followTransactions } from '../client/follow.js';
import { pause } from '../client/live.js';
import {
  ChainReorganizedDocument,
  type ChainReorganizedSubscription,
  type HeaderFragment,
  type PeerFieldsFragment,
  TipDocument,
  type TransferFragment,
} from '../client/operations/public.js';
import { mayPass, RequestError } from '../client/requests.js';
import { formatCoins } from '../consensus/coins.js';
import { Failure } from './failure.js';
import { jsonOption, nodeOption } from './options.js';
import { outputClosed, print } from './terminal.js';

const RESUBSCRIBE_MS = 1_000;
const RETRY_MS = 1_000;

/** `corrente watch`: the events of a node, line by line, also when the node starts later or is gone for a while. */
export function watchCommand() {
  return new Command('watch')
    .description('follow blocks, reorganizations, transactions and peers as they come, until Ctrl-C')
    .addOption(nodeOption())
    .addOption(jsonOption())
    .action(async ({ node: url, json }) => {
      // Node 20 has no WebSocket of its own.
      const client = new CorrenteClient({ url, webSocket: WebSocket });
      const ended = new AbortController();
      const { signal } = ended;
      const node = new PatientConnection({ node: client, signal, waits: (reason) => tellWaiting(url, reason) });
      const show = (value: object, text: string): void => print(json, value, [text]);
      let height = 0;
      const feeds = [
        each(followPeers({ node }, { signal }), (peer) => show({ peer }, peerLine(peer))).catch(mustBeForMembers),
        each(followTransactions({ node }, { signal }), (transaction) =>
          show({ transaction }, transferLine(transaction)),
        ),
        each(reorganizations(node, signal), (reorganization) =>
          show({ reorganization }, reorganizationLine(reorganization)),
        ),
        each(followBlocks({ node }, { signal }), (block) => {
          show({ block }, blockLine(block, height));
          ({ height } = block);
        }),
      ];
      try {
        await Promise.race([
          Promise.all(feeds),
          once(process, 'SIGINT', { signal }),
          once(process, 'SIGTERM', { signal }),
          outputClosed.aborted || once(outputClosed, 'abort', { signal }),
        ]);
      } catch (error) {
        if (error instanceof RequestError) throw new Failure(error.message);
        throw error;
      } finally {
        ended.abort();
        client.close();
      }
    });
}

async function each<Value>(feed: AsyncIterable<Value>, show: (value: Value) => void): Promise<void> {
  for await (const value of feed) show(value);
}

type Reorganization = ChainReorganizedSubscription['chainReorganized'];

/** Reorganizations that a subscription reports. Those in between show in the blocks that undo others. */
async function* reorganizations(
  node: Pick<NodeConnection, 'request' | 'subscribe'>,
  signal: AbortSignal,
): AsyncGenerator<Reorganization, void> {
  while (!signal.aborted) {
    try {
      const told = node.subscribe?.(ChainReorganizedDocument, {}, signal) ?? [];
      for await (const { chainReorganized } of told) yield chainReorganized;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
    }
    await pause(RESUBSCRIBE_MS, signal);
    // Until there is a node again.
    await node.request(TipDocument, {});
  }
}

/** A line for people, on standard error: standard output has events only. */
/** Throws the error, unless it is that the node tells nobody but listed nodes of its peers: the rest can be followed. */
function mustBeForMembers(error: unknown): void {
  if (!(error instanceof RequestError && error.code === 'NOT_A_MEMBER')) throw error;
  process.stderr.write(`without peers: ${error.reason}\n`);
}

function tellWaiting(url: string, reason: RequestError | undefined): void {
  const line = reason ? `waits for ${url}: ${reason.reason}` : 'connected again';
  process.stderr.write(`${line}\n`);
}

function reorganizationLine(reorganization: Reorganization): string {
  const { commonAncestor, oldTip, newTip, disconnected, connected, returned } = reorganization;
  const payments = returned === 1 ? '1 payment came back' : `${returned} payments came back`;
  return `reorganized  ${disconnected} undone, ${connected} in their place after ${place(commonAncestor)}  tip ${place(oldTip)} → ${place(newTip)}  ${payments}`;
}

function place({ height, hash }: Reorganization['newTip']): string {
  return `${height} ${hash}`;
}

function blockLine({ height, hash, transactionCount, timestamp }: HeaderFragment, last: number): string {
  const undone = height <= last ? `  undoes ${last - height + 1} before it` : '';
  const transactions = transactionCount === 1 ? '1 transaction' : `${transactionCount} transactions`;
  return `block        ${height}  ${hash}  ${transactions}  ${timestamp}${undone}`;
}

function transferLine({ id, sender, recipient, amount, fee, memo }: TransferFragment): string {
  const coins = `${formatCoins(BigInt(amount))} coins`;
  const price = fee === '0' ? '' : `  fee ${formatCoins(BigInt(fee))}`;
  // Anybody can write a memo, also one that would move the cursor or turn the line around.
  const shown = JSON.stringify(memo).replace(
    /\p{C}/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
  const said = memo === '' ? '' : `  ${shown}`;
  return `transaction  ${id}  ${coins}  ${sender} → ${recipient}${price}${said}`;
}

function peerLine({ url, status, height, latencyMs, standing }: PeerFieldsFragment): string {
  return `peer         ${url}  ${status}  height ${height ?? '-'}  ${latencyMs ?? '-'} ms  standing ${standing}`;
}

export interface PatientConnectionModules {
  readonly node: NodeConnection;
  /** Questions are over, answered or not. */
  readonly signal: AbortSignal;
  /** Called with the reason when questions begin to wait, and with undefined once each of them has its answer. */
  readonly waits: (reason: RequestError | undefined) => void;
}

/**
 * A way to a node that may not be there yet, or go away: a question waits until it is answered. Rejects with an error that
 * asking again cannot mend, and with the reason of the signal.
 */
export class PatientConnection implements NodeConnection {
  readonly subscribe: Subscribe | undefined;
  readonly #modules: PatientConnectionModules;
  /** Questions that failed and are asked again. */
  #waiting = 0;
  #isKnown = false;

  constructor(modules: PatientConnectionModules) {
    this.subscribe = modules.node.subscribe;
    this.#modules = modules;
  }

  readonly request: NodeConnection['request'] = async (document, variables, signal = this.#modules.signal) => {
    const { node, waits } = this.#modules;
    for (let failed = false; ;) {
      try {
        const answer = await node.request(document, variables, signal);
        this.#isKnown = true;
        if (failed && --this.#waiting === 0) waits(undefined);
        return answer;
      } catch (error) {
        if (!(error instanceof RequestError) || !this.#mayPass(error)) throw error;
        if (!failed && this.#waiting++ === 0) waits(error);
        failed = true;
      }
      await pause(RETRY_MS, signal);
      signal.throwIfAborted();
    }
  };

  /** An answer without GraphQL ends the wait, unless a node answered before: then it is a proxy that has lost its node. */
  #mayPass(error: RequestError): boolean {
    return mayPass(error) && (this.#isKnown || error.fault !== 'noGraphql');
  }
}
