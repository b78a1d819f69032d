import { node } from './connection.js';
import { transfersBelow, type TransferPage } from './transfersBelow.js';
import { useQuestion, type Answered } from './useAnswer.js';
import { useChain } from './useChain.js';

/** transfersBelow a height; without a height the newest of all, asked again after each block with transfers. */
export function useTransfers(count: number, height?: number): Answered<TransferPage> {
  const { blocks } = useChain();
  const top = height ?? blocks.at(-1)?.height;
  const filled = blocks.findLast(({ transactionCount }) => transactionCount > 0);
  return useQuestion(
    (signal) => (top === undefined ? NEVER : transfersBelow(top, count, { node }, signal)),
    `${height ?? 'newest'} ${top === undefined ? 'waits' : ''}`,
    height === undefined ? (filled?.hash ?? '') : '',
  );
}

/** Until the tip is known. */
const NEVER = new Promise<never>(() => undefined);
