// Transactions wait, since no block is made, and calls are not logged.
module.exports = {
  solidity: '0.8.20',
  networks: { hardhat: { chainId: 31_337, mining: { auto: false, interval: 0 }, loggingEnabled: false } },
};
