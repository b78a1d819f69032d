import { Chain } from '../../src/chain/chain.js';
import { developmentNetwork } from '../../src/consensus/network.js';

// Loaded into a process before the program: a bug, as the program would have one. From block 2 on it pays another subsidy than before.
const original = Object.getOwnPropertyDescriptor(Chain.prototype, 'offerBlock')!.value as Chain['offerBlock'];
const network = developmentNetwork();
const subsidy = network.subsidy + 1n;
Chain.prototype.offerBlock = function (block, now) {
  if (block.header.height === 2) Object.assign(network, { subsidy });
  return original.call(this, block, now);
};
