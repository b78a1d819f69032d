import type { ReactNode } from 'react';
import { encodeAddress } from '../../src/client/client.js';
import { useChain } from '../node/useChain.js';
import { Notice } from '../parts/Notice.js';
import { PageHeading } from '../parts/PageHeading.js';
import { useBrowserKey } from '../send/browserKey.js';
import { KeyChoice } from '../send/KeyChoice.js';
import { KeyPanel } from '../send/KeyPanel.js';
import { SendForm } from '../send/SendForm.js';
import { SentPanel } from '../send/SentPanel.js';

/** Sending coins with a key that never leaves the browser. */
export function SendPage(): ReactNode {
  const key = useBrowserKey();
  const { blocks, network, chainId } = useChain();
  // The miner of any block has an address of this network, and so has its prefix.
  const miner = blocks.at(-1)?.miner;
  const prefix = miner?.slice(0, miner.lastIndexOf('1'));
  if (prefix === undefined || network === undefined || chainId === undefined) {
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
      {key ? (
        <div className="columns">
          <SendForm keyPair={key.keyPair} sender={encodeAddress(prefix, key.keyPair.publicKey)} />
          <KeyPanel browserKey={key} address={encodeAddress(prefix, key.keyPair.publicKey)} />
        </div>
      ) : (
        <KeyChoice chainId={chainId} prefix={prefix} />
      )}
      <SentPanel />
    </>
  );
}
