import { RelayNetwork, type RelayNetworkOptions } from '../test/support/relayNetwork.js';

/** Networks of nodes in memory, which relay transactions: as a whole to all peers, as nodes once did, and as they do now. */
export async function benchRelayNetwork(quick: boolean): Promise<void> {
  const sizes = [
    { nodes: 3, peers: 2, transactions: 100 },
    { nodes: 8, peers: 7, transactions: 100 },
    { nodes: 8, peers: 7, transactions: 2_000, together: 100 },
    { nodes: quick ? 200 : 1_000, peers: 8, transactions: 10 },
  ];
  console.log('\namong nodes in memory; for each payment and node that behaves');
  for (const size of sizes) {
    const { nodes, peers, together = 1 } = size;
    console.log(`  ${nodes} nodes, ${peers} peers each, ${together} payments every 50 ms`);
    await row('whole to all peers', { ...size, wholeCopies: Infinity });
    await row('whole to some, ids to others', size);
    if (nodes < 5) continue;
    await row('… a fifth of the nodes is silent', { ...size, fifth: 'silent' });
    await row('… a fifth announces, and sends nothing', { ...size, fifth: 'liar' });
  }
}

async function row(name: string, options: RelayNetworkOptions): Promise<void> {
  const { messages, bytes, copies, reachedMs, lost } = await new RelayNetwork(options).run();
  console.log(
    `    ${name.padEnd(40)}${messages.toFixed(2).padStart(5)} messages, ${bytes.toFixed(0).padStart(6)} bytes, ${copies.toFixed(2)} copies; 99 % reached in ${reachedMs} ms, ${lost} lost`,
  );
}
