import type { Config } from '../config.js';
import { DEVELOPMENT_ACCOUNTS, developmentAccount } from '../consensus/network.js';
import { encodeAddress } from '../crypto/address.js';
import { toHex } from '../crypto/bytes.js';
import type { RunningNode } from '../node.js';
import { quoted } from '../wallet/secretFile.js';
import { table } from './output.js';

/** What a development node says when it serves: where it is, whose coins there are, what to try. */
export function developmentHelp({ url, network }: RunningNode, config: Config): string[] {
  const accounts = Array.from({ length: DEVELOPMENT_ACCOUNTS }, (_, index) => developmentAccount(index));
  const addressOf = (index: number) => encodeAddress(network.addressPrefix, accounts[index]!.publicKey);
  const rows = accounts.map(({ seed }, index) => [`  ${index}`, addressOf(index), toHex(seed)]);
  const node = url === 'http://127.0.0.1:4000/graphql' ? '' : ` --node ${url}`;
  const token = config.data.endsWith('/.corrente/development') ? '' : ` --data ${quoted(config.data)}`;
  return [
    '',
    `Corrente development node. Open it in a browser: ${new URL('/', url).href}`,
    `API and its IDE at ${url}`,
    config.mine === 'off' ? 'It mines on demand.' : `It mines a block every ${config.mine} s.`,
    `Its data is in ${config.data}; stop it and delete that folder to start afresh.`,
    '',
    'Accounts of 1,000,000 coins each. Everybody has these keys: they are worth nothing on any other network.',
    ...table([['  #', 'address', 'secret seed'], ...rows]),
    '',
    'Try in another terminal:',
    `  npx corrente send --to ${addressOf(1)} --amount 1.5 --development-account 0 --wait${node}`,
    `  npx corrente balance ${addressOf(1)}${node}`,
    `  npx corrente mine 3${node}${token}`,
    '',
  ];
}
