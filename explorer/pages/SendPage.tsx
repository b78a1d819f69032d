import type { ReactNode } from 'react';
import { encodeAddress } from '../../src/client/client.js';
import { useAddressPrefix } from '../node/useAddressPrefix.js';
import { useChain } from '../node/useChain.js';
import { Notice } from '../parts/Notice.js';
import { PageHeading } from '../parts/PageHeading.js';
import { useFocusedPart } from '../parts/useFocusedPart.js';
import { useBrowserKey } from '../send/browserKey.js';
import { KeyChoice } from '../send/KeyChoice.js';
import { KeyPanel } from '../send/KeyPanel.js';
import { SendForm } from '../send/SendForm.js';
import { SentPanel } from '../send/SentPanel.js';

/** Sends coins with a key that never leaves the browser. */
export function SendPage(): ReactNode {
  const key = useBrowserKey();
  const { chainId } = useChain();
  const prefix = useAddressPrefix();
  // The pressed button is gone, so the focus needs a new place.
  const place = useFocusedPart(key?.keyPair);
  const address = key && prefix !== undefined ? encodeAddress(prefix, key.keyPair.publicKey) : undefined;

  if (prefix === undefined || chainId === undefined) {
    return (
      <>
        <PageHeading title="Send" />
        <Notice kind="loading">Waiting for the node…</Notice>
      </>
    );
  }
  return (
    <>
      <PageHeading title="Send" />
      <div ref={place}>
        {key && address !== undefined ? (
          <div className="columns">
            <SendForm keyPair={key.keyPair} sender={address} />
            <KeyPanel browserKey={key} address={address} />
          </div>
        ) : (
          <KeyChoice chainId={chainId} prefix={prefix} />
        )}
      </div>
      <SentPanel />
    </>
  );
}
