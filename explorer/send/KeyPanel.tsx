import { useState, type ReactNode } from 'react';
import { toHex } from '../../src/client/client.js';
import { CopyButton } from '../parts/CopyButton.js';
import { Identifier } from '../parts/Identifier.js';
import { Notice } from '../parts/Notice.js';
import { Panel } from '../parts/Panel.js';
import { forgetKey, storeKey, type BrowserKey } from './browserKey.js';

export interface KeyPanelProps {
  readonly browserKey: BrowserKey;
  readonly address: string;
}

/** The key that is in use: what it is, how to save it, whether the browser keeps it. */
export function KeyPanel({ browserKey: { keyPair, development, stored }, address }: KeyPanelProps): ReactNode {
  const [asking, setAsking] = useState(false);
  const [trouble, setTrouble] = useState('');
  const seed = toHex(keyPair.seed);
  const forget = (): void => {
    if (development !== undefined || asking) forgetKey();
    else setAsking(true);
  };
  const store = (keep: boolean): void => {
    try {
      storeKey(keep);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      setTrouble('This browser keeps nothing for this page.');
    }
  };
  return (
    <Panel title="Key" aside={development === undefined ? 'of your own' : `development account ${development}`}>
      <p>
        <Identifier kind="account" text={address} whole />
      </p>
      {development === undefined ? (
        <>
          <details>
            <summary>Show the seed, to write it down</summary>
            <p className="seed">
              <code>{seed}</code> <CopyButton text={seed} label="Copy seed" />
            </p>
            <small>Whoever has it has the coins. Without it they are lost when this page is closed.</small>
          </details>
          <label>
            <input type="checkbox" checked={stored} onChange={({ target }) => store(target.checked)} />
            Keep it in this browser
          </label>
          {trouble !== '' && <Notice kind="error">{trouble}</Notice>}
          {stored && (
            <Notice kind="warning">
              The key lies unencrypted in this browser’s storage. Whoever uses this browser, and every program that can
              read its files, can spend the coins. Keep small amounts only.
            </Notice>
          )}
        </>
      ) : (
        <Notice kind="warning">
          Everybody knows the keys of the development network. Its coins are worth nothing.
        </Notice>
      )}
      {asking && <Notice kind="warning">Is the seed written down? Without it the coins of this key are lost.</Notice>}
      <button type="button" className="secondary outline" onClick={forget}>
        {development !== undefined ? 'Use another key' : asking ? 'Yes, forget the key' : 'Forget the key'}
      </button>
    </Panel>
  );
}
