import type { ReactNode } from 'react';
import type { TransferFragment } from '../../src/client/client.js';
import { Amount } from './Amount.js';
import { Identifier } from './Identifier.js';

export interface TransferTableProps<Transfer extends TransferFragment> {
  /** In the order of the lines. */
  readonly transfers: readonly Transfer[];
  /** The account of the table: its own payments have a minus. */
  readonly account?: string;
  /** One more column; a phone has room for one: it shows the column `instead` of the fee, or not at all. */
  readonly extra?: {
    readonly title: string;
    readonly cell: (transfer: Transfer) => ReactNode;
    readonly onPhone: 'instead' | 'hidden';
  };
}

/** One transfer a line. */
export function TransferTable<Transfer extends TransferFragment>(props: TransferTableProps<Transfer>): ReactNode {
  const { transfers, account, extra } = props;
  const isExtraHidden = extra?.onPhone === 'hidden';
  const extraClass = isExtraHidden ? 'roomy' : '';
  const feeClass = isExtraHidden ? 'number' : 'number roomy';
  return (
    <div className="table">
      <table>
        <thead>
          <tr>
            <th scope="col">Transaction</th>
            {extra && (
              <th scope="col" className={extraClass}>
                {extra.title}
              </th>
            )}
            <th scope="col" className="roomy">
              From
            </th>
            <th scope="col" className="roomy">
              To
            </th>
            <th scope="col" className="number">
              Amount, coins
            </th>
            <th scope="col" className={feeClass}>
              Fee, coins
            </th>
          </tr>
        </thead>
        <tbody>
          {transfers.map((transfer) => {
            const { id, sender, recipient, amount, fee } = transfer;
            const pays = sender === account && recipient !== account;
            return (
              <tr key={id}>
                <th scope="row">
                  <Identifier kind="transaction" text={id} />
                </th>
                {extra && <td className={extraClass}>{extra.cell(transfer)}</td>}
                <td className="roomy">
                  <Party address={sender} account={account} />
                </td>
                <td className="roomy">
                  <Party address={recipient} account={account} />
                </td>
                <td className={pays ? 'number paid' : 'number'}>
                  <Amount baseUnits={pays ? -BigInt(amount) : amount} unit={false} />
                </td>
                <td className={feeClass}>
                  <Amount baseUnits={fee} unit={false} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Party({ address, account }: { readonly address: string; readonly account: string | undefined }): ReactNode {
  return address === account ? (
    <span className="aside">this account</span>
  ) : (
    <Identifier kind="account" text={address} />
  );
}
