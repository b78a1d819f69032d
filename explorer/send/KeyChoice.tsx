import { useMemo, useState, type SyntheticEvent, type ReactNode } from 'react';
import { developmentAccount, developmentNetwork, encodeAddress, toHex } from '../../src/client/client.js';
import { Panel } from '../parts/Panel.js';
import { shorten } from '../text/shorten.js';
import { createKey, importKeyFile, importSeed, takeDevelopmentAccount } from './browserKey.js';

export interface KeyChoiceProps {
  readonly chainId: string;
  /** Prefix of this network's addresses. */
  readonly prefix: string;
}

/** Asks for a key: a new one, the user's own, or, on the development network, one that everybody knows. */
export function KeyChoice({ chainId, prefix }: KeyChoiceProps): ReactNode {
  const isDevelopment = useMemo(() => chainId === toHex(developmentNetwork().chainId), [chainId]);
  return (
    <div className="columns">
      {isDevelopment && <DevelopmentAccounts prefix={prefix} />}
      <Panel title="A key of your own">
        <p>
          The key is made and used in this browser only: the node sees signatures, never the key. Nobody can restore it
          for you.
        </p>
        <button type="button" className={isDevelopment ? 'secondary' : ''} onClick={createKey}>
          Make a new key
        </button>
        <OpenKeyFile />
        <ImportSeed />
      </Panel>
    </div>
  );
}

function DevelopmentAccounts({ prefix }: Pick<KeyChoiceProps, 'prefix'>): ReactNode {
  const addresses = useMemo(
    () => Array.from({ length: ACCOUNTS }, (_, index) => encodeAddress(prefix, developmentAccount(index).publicKey)),
    [prefix],
  );
  const [index, setIndex] = useState(0);
  const take = (event: SyntheticEvent): void => {
    event.preventDefault();
    takeDevelopmentAccount(index);
  };
  return (
    <Panel title="A development account" aside="funded, and known to everybody">
      <form onSubmit={take}>
        <label>
          Account
          <select value={index} onChange={({ target }) => setIndex(Number(target.value))}>
            {addresses.map((address, number) => (
              <option key={address} value={number}>
                {number}: {shorten(address)}
              </option>
            ))}
          </select>
        </label>
        <button type="submit">Use this account</button>
      </form>
    </Panel>
  );
}

function OpenKeyFile(): ReactNode {
  const [file, setFile] = useState<File>();
  const [passphrase, setPassphrase] = useState('');
  const [trouble, setTrouble] = useState('');
  const [opening, setOpening] = useState(false);
  const open = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    if (!file) {
      setTrouble('expected a key file, got none');
      return;
    }
    setOpening(true);
    try {
      await importKeyFile(await file.text(), passphrase);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      setTrouble(error.message);
      setOpening(false);
    }
  };
  return (
    <details>
      <summary>I have a key file</summary>
      <form onSubmit={(event) => void open(event)}>
        <label>
          Key file, as <code>corrente keys new</code> or this page makes them
          <input
            type="file"
            accept=".json,application/json"
            onChange={({ target }) => {
              setFile(target.files?.[0]);
              setTrouble('');
            }}
          />
        </label>
        <label>
          Passphrase
          <input
            type="password"
            value={passphrase}
            autoComplete="off"
            aria-invalid={trouble === '' ? undefined : true}
            aria-describedby="key-file-trouble"
            onChange={({ target }) => {
              setPassphrase(target.value);
              setTrouble('');
            }}
          />
        </label>
        <small id="key-file-trouble" role="alert">
          {trouble}
        </small>
        <button type="submit" className="secondary" aria-busy={opening} disabled={opening}>
          Open
        </button>
      </form>
    </details>
  );
}

function ImportSeed(): ReactNode {
  const [seed, setSeed] = useState('');
  const [trouble, setTrouble] = useState('');
  const take = (event: SyntheticEvent): void => {
    event.preventDefault();
    try {
      importSeed(seed.trim());
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      setTrouble(error.message);
    }
  };
  return (
    <details>
      <summary>I have a seed</summary>
      <form onSubmit={take}>
        <label>
          Seed, 64 hexadecimal characters
          <input
            type="password"
            value={seed}
            autoComplete="off"
            spellCheck={false}
            aria-invalid={trouble === '' ? undefined : true}
            aria-describedby="seed-trouble"
            onChange={({ target }) => {
              setSeed(target.value);
              setTrouble('');
            }}
          />
        </label>
        <small id="seed-trouble" role="alert">
          {trouble}
        </small>
        <button type="submit" className="secondary">
          Use this key
        </button>
      </form>
    </details>
  );
}

const ACCOUNTS = 10;
