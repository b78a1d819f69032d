import { developmentAccount, developmentNetwork } from '../../src/consensus/network.js';
import { encodeAddress } from '../../src/crypto/address.js';

/** Address of a funded account of the development network. */
export function developmentAddress(index: number): string {
  return encodeAddress(developmentNetwork().addressPrefix, developmentAccount(index).publicKey);
}

/** The address with one wrong character. */
export function mistyped(address: string): string {
  return address.slice(0, -1) + (address.endsWith('q') ? 'p' : 'q');
}
