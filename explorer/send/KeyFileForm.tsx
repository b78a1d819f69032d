import { useState, type SyntheticEvent, type ReactNode } from 'react';
import { toHex } from '../../src/client/client.js';
import { download } from '../text/download.js';
import { exportKeyFile, markSaved, type BrowserKey } from './browserKey.js';

/** Saves the key as an encrypted file, which this page and the command line open. */
export function KeyFileForm({ browserKey }: { readonly browserKey: BrowserKey }): ReactNode {
  const [passphrase, setPassphrase] = useState('');
  const [again, setAgain] = useState('');
  const [trouble, setTrouble] = useState('');
  const [saving, setSaving] = useState(false);
  const save = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    if (passphrase !== again) {
      setTrouble('expected the same passphrase twice, got two');
      return;
    }
    setSaving(true);
    try {
      const text = await exportKeyFile(browserKey, passphrase);
      download(text, `${toHex(browserKey.keyPair.publicKey).slice(0, 16)}.json`, 'application/json');
      markSaved();
      setPassphrase('');
      setAgain('');
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      setTrouble(error.message);
    } finally {
      setSaving(false);
    }
  };
  const field = (label: string, value: string, change: (value: string) => void) => (
    <label>
      {label}
      <input
        type="password"
        value={value}
        autoComplete="new-password"
        aria-invalid={trouble === '' ? undefined : true}
        aria-describedby="save-trouble"
        onChange={({ target }) => {
          change(target.value);
          setTrouble('');
        }}
      />
    </label>
  );
  return (
    <details>
      <summary>Save it as a key file</summary>
      <form onSubmit={(event) => void save(event)}>
        {field('Passphrase for the file', passphrase, setPassphrase)}
        {field('The same passphrase again', again, setAgain)}
        <small id="save-trouble" role="alert">
          {trouble}
        </small>
        <button type="submit" aria-busy={saving} disabled={saving}>
          Save
        </button>
      </form>
    </details>
  );
}
