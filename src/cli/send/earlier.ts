import { transactionInput } from '../../client/codec.js';
import { formatCoins } from '../../client/coins.js';
import { SendTransactionsDocument, type SendTransactionsMutation } from '../../client/operations/public.js';
import { prefixOf } from '../../crypto/address.js';
import type { Ask } from '../nodeClient.js';
import { fateOf } from './fate.js';
import type { KeptPayment, Outbox } from './outbox.js';

export interface EarlierModules {
  readonly ask: Ask;
  readonly outbox: Pick<Outbox, 'forget'>;
  readonly note: (text: string) => void;
}

/**
 * Lets earlier payments of an account, whose fate was not told, go before new ones: those that the node does not have are offered to it.
 * `sender` is its address.
 */
export async function letPass(
  payments: readonly KeptPayment[],
  sender: string,
  modules: EarlierModules,
): Promise<void> {
  const { ask, outbox, note } = modules;
  for (const payment of payments) {
    const { id, transaction, signedAt } = payment;
    const fate = await fateOf(transaction, sender, ask);
    const which = `the earlier payment ${id} of ${formatCoins(transaction.amount)} coins`;
    if (fate.status === 'nonceUsed') {
      await outbox.forget(id);
      note(`${which} was not paid and cannot be any more: another used nonce ${transaction.nonce}`);
    } else if (fate.status === 'confirmed') {
      // Its own command may still ask for it.
      if (Date.now() - signedAt > KEPT_MS) await outbox.forget(id);
      note(`${which} is in block ${fate.block.height}`);
    } else if (fate.status === 'unknown') {
      note(`offers ${which} first: it was in doubt, and this node does not have it`);
      const outcome = await offerKept(payment, sender, ask);
      if (outcome.__typename === 'Rejected') note(`${id}: ${outcome.code}: ${outcome.message}`);
    }
  }
}

/** Offers one payment to the node. Throws RequestFailure. */
export async function offerKept(
  { transaction, replaces }: KeptPayment,
  sender: string,
  ask: Ask,
): Promise<SendTransactionsMutation['addTransactions'][number]> {
  const input = { ...transactionInput(transaction, prefixOf(sender)), ...(replaces !== undefined && { replaces }) };
  const { addTransactions } = await ask(SendTransactionsDocument, { transactions: [input] });
  return addTransactions[0]!;
}

/** How long after it was signed a confirmed payment is kept for the command that signed it. */
const KEPT_MS = 86_400_000;
