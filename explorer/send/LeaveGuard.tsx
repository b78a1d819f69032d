import { useEffect, type ReactNode } from 'react';
import { encodeAddress } from '../../src/client/client.js';
import { useBalance } from '../account/useBalance.js';
import { useAddressPrefix } from '../node/useAddressPrefix.js';
import { useBrowserKey } from './browserKey.js';

/** Makes the browser ask before the user leaves the page with an unsaved key that has coins. */
export function LeaveGuard(): ReactNode {
  const key = useBrowserKey();
  const prefix = useAddressPrefix();
  if (!key || key.saved || prefix === undefined) return null;
  return <Guard address={encodeAddress(prefix, key.keyPair.publicKey)} />;
}

function Guard({ address }: { readonly address: string }): ReactNode {
  const { answer: balance } = useBalance(address);
  const hasCoins = balance !== undefined && (balance.confirmed !== '0' || balance.incoming !== '0');
  useEffect(() => {
    if (!hasCoins) return undefined;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [hasCoins]);
  return null;
}
