import type { ReactNode } from 'react';
import { Chart, type Points } from '../charts/Chart.js';
import type { OperatorViewQuery } from '../node/operations.js';
import { Field } from '../parts/Field.js';
import { Figure } from '../parts/Figure.js';
import { Notice } from '../parts/Notice.js';
import { Panel } from '../parts/Panel.js';
import { formatBytes, formatCount, formatDuration } from '../text/numbers.js';

export interface VitalsProps {
  readonly vitals: OperatorViewQuery['vitals'];
}

/** Whether the node is ready, and how much of what it has is used. */
export function VitalFigures({ vitals }: VitalsProps): ReactNode {
  const { hindrances, loopHoldsMs, memoryBytes, heapLimitBytes, diskFreeBytes, diskTotalBytes, queues } = vitals;
  const waiting = queues.reduce((sum, { items }) => sum + items, 0);
  return (
    <>
      {hindrances.map(({ code, message }) => (
        <Notice key={`${code} ${message}`} kind="warning">
          {code}: {message}
        </Notice>
      ))}
      <dl className="figures">
        <Figure label="State" note={hindrances.length === 0 ? 'as /readyz answers' : 'as above'}>
          {hindrances.length === 0 ? 'ready' : 'not ready'}
        </Figure>
        <Figure label="Longest hold" note="of the event loop, within a minute">
          {formatDuration(Math.max(0, ...loopHoldsMs))}
        </Figure>
        <Figure label="Waiting" note="signatures, transactions, messages">
          {formatCount(waiting)}
        </Figure>
        <Figure label="Memory" note={`of ${formatBytes(heapLimitBytes)} at most`}>
          {formatBytes(memoryBytes)}
        </Figure>
        <Figure label="Free disk" note={diskTotalBytes === null ? undefined : `of ${formatBytes(diskTotalBytes)}`}>
          {diskFreeBytes === null ? 'unknown' : formatBytes(diskFreeBytes)}
        </Figure>
      </dl>
    </>
  );
}

/** What waits, what holds the event loop, and how large the databases are. */
export function VitalPanels({ vitals: { loopHoldsMs, queues, databases } }: VitalsProps): ReactNode {
  return (
    <div className="panels">
      <Panel title="Event loop" aside="longest hold of each second">
        <Chart
          label="The longest hold of the event loop in each of the last seconds"
          points={lastSeconds(loopHoldsMs)}
          shape="bars"
          along="time"
          format={formatDuration}
        />
      </Panel>
      <Panel title="What waits">
        <dl className="fields">
          {queues.map(({ name, items }) => (
            <Field key={name} label={QUEUES[name] ?? name}>
              {formatCount(items)}
            </Field>
          ))}
        </dl>
      </Panel>
      <Panel title="Databases" aside="in use of the file">
        <dl className="fields">
          {databases.map(({ name, fileBytes, usedBytes, liveBytes, views }) => (
            <Field key={name} label={name}>
              {formatBytes(liveBytes)} of {formatBytes(fileBytes)}{' '}
              <span className="aside">
                {formatBytes(usedBytes - liveBytes)} to be used again, {formatCount(views)}{' '}
                {views === 1 ? 'view' : 'views'}
              </span>
            </Field>
          ))}
        </dl>
      </Panel>
    </div>
  );
}

/** The last value is of now. */
function lastSeconds(values: readonly number[]): Points {
  const now = Math.floor(Date.now() / 1000);
  return [values.map((_, index) => now - (values.length - 1 - index)), values];
}

const QUEUES: Readonly<Record<string, string>> = {
  signatures: 'for a thread',
  admission: 'for the disk',
  relay: 'for peers',
};
