import { useState, type ReactNode } from 'react';
import { toHex } from '../../src/client/client.js';
import { CopyButton } from '../parts/CopyButton.js';
import { Identifier } from '../parts/Identifier.js';
import { Notice } from '../parts/Notice.js';
import { Panel } from '../parts/Panel.js';
import { forgetKey, markSaved, storeKey, type BrowserKey } from './browserKey.js';
import { KeyFileForm } from './KeyFileForm.js';

export interface KeyPanelProps {
  readonly browserKey: BrowserKey;
  readonly address: string;
}

/** The key in use, with ways to save and to forget it. */
export function KeyPanel({ browserKey, address }: KeyPanelProps): ReactNode {
  const { development, saved } = browserKey;
  const [asking, setAsking] = useState(false);
  const forget = (): void => {
    if (saved || asking) forgetKey();
    else setAsking(true);
  };
  return (
    <Panel title="Key" aside={development === undefined ? 'of your own' : `development account ${development}`}>
      <p>
        <Identifier kind="account" text={address} whole />
      </p>
      {development === undefined ? (
        <OwnKey browserKey={browserKey} />
      ) : (
        <Notice kind="warning">
          Everybody knows the keys of the development network. Its coins are worth nothing.
        </Notice>
      )}
      {asking && <Notice kind="warning">This key was not saved. Without it its coins are lost.</Notice>}
      <button type="button" className="secondary outline" onClick={forget}>
        {development !== undefined ? 'Use another key' : asking ? 'Forget it all the same' : 'Forget the key'}
      </button>
    </Panel>
  );
}

function OwnKey({ browserKey }: Pick<KeyPanelProps, 'browserKey'>): ReactNode {
  const { keyPair, stored, saved } = browserKey;
  const [trouble, setTrouble] = useState('');
  const seed = toHex(keyPair.seed);
  const store = (keep: boolean): void => {
    try {
      storeKey(keep);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      setTrouble('This browser does not let this page store anything.');
    }
  };
  return (
    <>
      {!saved && (
        <Notice kind="warning">This key is in this page only. Save it: without it its coins are lost for good.</Notice>
      )}
      <KeyFileForm browserKey={browserKey} />
      <details>
        <summary>Show the seed, to write it down</summary>
        <p className="seed">
          <code>{seed}</code> <CopyButton text={seed} label="Copy seed" />
        </p>
        <small>Anybody who has the seed has the coins.</small>
        {!saved && (
          <button type="button" className="secondary outline" onClick={markSaved}>
            I have written it down
          </button>
        )}
      </details>
      <label>
        <input type="checkbox" checked={stored} onChange={({ target }) => store(target.checked)} />
        Keep it until this tab is closed
      </label>
      {trouble !== '' && <Notice kind="error">{trouble}</Notice>}
    </>
  );
}
