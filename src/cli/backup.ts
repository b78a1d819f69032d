import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { backUp } from '../node/backup.js';
import { dataFailure } from './dataFailure.js';
import { Failure } from './failure.js';
import { loadNetwork } from './loadNetwork.js';
import { dataOption, defaultDataFolder, flag, jsonOption, networkOption, path } from './options.js';
import { print } from './output.js';

/** `corrente backup`: a copy of a node's data, while it runs. */
export function backupCommand() {
  return new Command('backup')
    .description('copy the data of a node, running or not, to a new folder that a node can be started on')
    .addOption(flag('--out <folder>', 'made by the command').argParser(path).makeOptionMandatory())
    .addOption(dataOption())
    .addOption(networkOption())
    .addOption(jsonOption())
    .action(async ({ out, json, ...options }) => {
      const network = await loadNetwork(options.network, options.data);
      const data = options.data ?? defaultDataFolder(network.name);
      for (const name of ['chain.mdb', 'node.mdb']) {
        if (!existsSync(join(data, name))) {
          throw new Failure(`data folder ${data}: expected the data of a node, got no ${name}`);
        }
      }
      if (existsSync(out)) throw new Failure(`--out ${out}: expected a name that is free, got one that exists`);
      try {
        const backup = await backUp(data, out, network);
        print(json, { folder: out, ...backup }, [
          `chain of height ${backup.height}, ${backup.pending} pending transactions${backup.wallet ? ', wallet.json' : ''} in ${out}: every page is as it was written`,
          'node.key and admin.token are not in it: a node that is started on it is another node',
        ]);
      } catch (error) {
        throw dataFailure(error, data) ?? error;
      }
    });
}
