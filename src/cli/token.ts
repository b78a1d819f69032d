import { existsSync } from 'node:fs';
import { Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { SCOPES, type Scope } from '../graphql/access.js';
import { createToken, listTokens, revokeToken } from '../http/adminToken.js';
import { createSecretFile } from '../wallet/secretFile.js';
import { Failure, inWords } from './failure.js';
import { loadNetwork } from './network.js';
import { defaultDataFolder, flag, folderCommand, list, path } from './options.js';
import { print, table } from './terminal.js';

/** `corrente token`: admin tokens of a node that permit less than `admin.token`, in its data folder; it need not be stopped. */
export function tokenCommand() {
  const token = new Command('token').description('admin tokens that permit a part of what admin.token does');
  token
    .addCommand(createCommand())
    .addCommand(
      folderCommand('list', 'the tokens that were made by name').action(async (options) => {
        const tokens = await attempt(async () => listTokens(await folderOf(options)));
        const rows = tokens.map(({ name, scopes, created }) => [name, scopes.join(','), created]);
        print(options.json, tokens, table(rows));
      }),
    )
    .addCommand(
      folderCommand('revoke', 'end a token: from now on it permits nothing')
        .argument('<name>')
        .action(async (name, options) => {
          const revoked = await attempt(async () => revokeToken(await folderOf(options), name));
          if (!revoked)
            throw new Failure(`expected the name of a token, got ${name}: npx corrente token list shows them`);
          print(options.json, { name, revoked }, [`${name} permits nothing any more`]);
        }),
    );
  return token;
}

function createCommand() {
  return folderCommand('create', 'make a token; it is shown once, and the node keeps its digest only')
    .argument('<name>', '1 to 32 of a-z, 0-9 and -: the audit in the log names it')
    .addOption(
      flag('--scope <scope>', `${SCOPES.join(', ')}; can be repeated`)
        .argParser<Scope[]>(list(scope))
        .makeOptionMandatory(),
    )
    .addOption(flag('--out <file>', 'a file to write it to instead of showing it; never overwritten').argParser(path))
    .action(async (name, options) => {
      const { scope: scopes, out } = options;
      const folder = await folderOf(options);
      const text = await attempt(() => createToken(folder, name, [...new Set(scopes)]));
      if (text === undefined)
        throw new Failure(`expected a name that is free, got ${name}: npx corrente token revoke ends it`);
      if (out === undefined) {
        // Apart from the token, which a script takes from standard output.
        if (!options.json) process.stderr.write(`of the node in ${folder}:\n`);
        print(options.json, { name, scopes, data: folder, token: text }, [text]);
        return;
      }
      try {
        if (!(await createSecretFile(out, `${text}\n`))) throw new RangeError('it exists');
      } catch (error) {
        await revokeToken(folder, name);
        throw new Failure(`--out ${out}: ${inWords(error)}`);
      }
      print(options.json, { name, scopes, data: folder, out }, [
        `the token ${name} of the node in ${folder} is in ${out}`,
      ]);
    });
}

function scope(text: string): Scope {
  const found = SCOPES.find((name) => name === text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`expected one of ${SCOPES.join(', ')}, got ${JSON.stringify(text)}`);
}

async function folderOf(options: { data?: string | undefined; network?: string | undefined }): Promise<string> {
  const folder = options.data ?? defaultDataFolder((await loadNetwork(options.network, options.data)).name);
  // Not made here: a misspelled folder would get a token that no node looks at.
  if (!existsSync(folder)) throw new Failure(`--data: expected the data folder of a node, got nothing at ${folder}`, 2);
  return folder;
}

async function attempt<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RangeError) throw new Failure(error.message, 2);
    throw error;
  }
}
