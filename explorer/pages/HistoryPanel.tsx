import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { Entry, Statement } from '../account/statement.js';
import { statementCsv } from '../account/statementCsv.js';
import { Amount } from '../parts/Amount.js';
import { Identifier } from '../parts/Identifier.js';
import { Notice } from '../parts/Notice.js';
import { Pager } from '../parts/Pager.js';
import { Panel } from '../parts/Panel.js';
import { download } from '../text/download.js';
import { formatCount } from '../text/numbers.js';
import { formatMoment } from '../text/times.js';

export interface HistoryPanelProps {
  readonly address: string;
  readonly history: Statement;
}

/** The history of an account, newest first: filtered, page by page, and as a file. */
export function HistoryPanel({ address, history }: HistoryPanelProps): ReactNode {
  const [kind, setKind] = useState<keyof typeof KINDS>('all');
  const [text, setText] = useState('');
  const [page, setPage] = useState(0);
  const { entries, total, from } = history;
  const chosen = entries.filter((entry) => (kind === 'all' || entry.kind === kind) && mentions(entry, text));
  const pages = Math.max(1, Math.ceil(chosen.length / PAGE));
  const shown = Math.min(page, pages - 1);
  const payments = entries.filter(({ payment }) => payment).length;
  const rewards = entries.length - payments;
  const rewardsRead = rewards > 0 ? `, ${from > 0 ? 'the newest ' : ''}${formatCount(rewards)} rewards` : '';
  return (
    <Panel title="History" aside={`${formatCount(total)} confirmed${rewardsRead}, newest first`}>
      {entries.length === 0 ? (
        <Notice kind="empty">No confirmed transaction.</Notice>
      ) : (
        <>
          <form className="filter" aria-label="Filter of the history" onSubmit={(event) => event.preventDefault()}>
            <select
              aria-label="Kind"
              value={kind}
              onChange={({ target }) => {
                setKind(target.value as keyof typeof KINDS);
                setPage(0);
              }}
            >
              {Object.entries(KINDS).map(([name, title]) => (
                <option key={name} value={name}>
                  {title}
                </option>
              ))}
            </select>
            <input
              type="text"
              aria-label="Memo, address or id"
              placeholder="Memo, address or id"
              value={text}
              autoComplete="off"
              spellCheck={false}
              onChange={({ target }) => {
                setText(target.value);
                setPage(0);
              }}
            />
            <button
              type="button"
              className="secondary outline"
              onClick={() => download(statementCsv(chosen), `${address}.csv`, 'text/csv;charset=utf-8')}
            >
              Save as CSV
            </button>
          </form>
          {chosen.length === 0 ? (
            <Notice kind="empty">No entry matches.</Notice>
          ) : (
            <Entries entries={chosen.slice(shown * PAGE, (shown + 1) * PAGE)} />
          )}
        </>
      )}
      {from > 0 && (
        <p className="aside">
          Up to block {formatCount(from)} rewards may be missing
          {payments < total && `, and the ${formatCount(total - payments)} oldest transactions are`}: a program can read
          them all.
        </p>
      )}
      <Pager
        labels={['Newer', 'Older']}
        back={shown > 0 ? () => setPage(shown - 1) : undefined}
        forth={shown + 1 < pages ? () => setPage(shown + 1) : undefined}
      />
    </Panel>
  );
}

function Entries({ entries }: { readonly entries: readonly Entry[] }): ReactNode {
  return (
    <div className="table history">
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col" className="roomy">
              Block
            </th>
            <th scope="col">Kind</th>
            <th scope="col" className="roomy">
              Memo
            </th>
            <th scope="col" className="number">
              Amount, coins
            </th>
            <th scope="col" className="number roomy">
              Fee
            </th>
            <th scope="col" className="number roomy">
              Balance
            </th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <EntryRow key={entry.key} entry={entry} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function EntryRow({ entry }: { readonly entry: Entry }): ReactNode {
  const { at, height, kind, amount, fee, balance, payment } = entry;
  const time = <time dateTime={new Date(at).toISOString()}>{formatMoment(at)}</time>;
  return (
    <tr>
      <th scope="row">
        <Link href={payment ? `/transaction/${payment.id}` : `/block/${height}`} title={payment?.id}>
          {time}
        </Link>
      </th>
      <td className="roomy">
        <Link href={`/block/${height}`}>{formatCount(height)}</Link>
      </td>
      <td>
        {payment ? (
          <>
            {kind === 'sent' ? 'to' : 'from'}{' '}
            <Identifier kind="account" text={kind === 'sent' ? payment.recipient : payment.sender} />
            {payment.memo !== '' && <span className="phone memo">{payment.memo}</span>}
          </>
        ) : (
          'reward'
        )}
      </td>
      <td className="roomy memo">{payment?.memo}</td>
      <td className={amount < 0n ? 'number paid' : 'number'}>
        <Amount baseUnits={amount} unit={false} />
      </td>
      <td className="number roomy">{fee > 0n && <Amount baseUnits={fee} unit={false} />}</td>
      <td className="number roomy">{balance === undefined ? '–' : <Amount baseUnits={balance} unit={false} />}</td>
    </tr>
  );
}

function mentions({ payment }: Entry, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return true;
  const { id, sender, recipient, memo } = payment ?? { id: '', sender: '', recipient: '', memo: '' };
  return [id, sender, recipient, memo].some((each) => each.toLowerCase().includes(wanted));
}

const KINDS = { all: 'Everything', received: 'Received', sent: 'Sent', reward: 'Rewards' } as const;
const PAGE = 25;
