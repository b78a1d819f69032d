import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ClientError } from 'graphql-request';
import type { CampaignReport } from './campaign.js';
import { NodeRun } from './nodeRun.js';

/** The node that gets the payments: it mines them at once, and starts again on the same data after each kill. */
export class PaymentNode {
  readonly #options: { readonly data: string; readonly network: string; readonly miner: string };
  readonly #report: Pick<CampaignReport, 'fellShort'>;
  #run: NodeRun;
  #restart: Promise<void> | undefined;
  #stopped = false;
  #hasWallet = false;
  kills = 0;

  constructor(
    options: { readonly data: string; readonly network: string; readonly miner: string },
    modules: { readonly report: Pick<CampaignReport, 'fellShort'> },
  ) {
    this.#options = options;
    this.#report = modules.report;
    this.#run = new NodeRun(options);
  }

  /** Resolves when it serves. */
  async start(): Promise<void> {
    if (!(await this.#run.serves)) throw new Error(`the node did not start: ${this.#run.lastWords}`);
    void this.#mine();
  }

  /** Makes its wallet, and resolves to the address to fund. */
  async makeWallet(): Promise<string> {
    const { createWallet } = await this.ask<{ createWallet: { address: string } }>(
      'mutation ($passphrase: String!) { createWallet(passphrase: $passphrase) { ... on Wallet { address } } }',
      { passphrase: WALLET_PASSPHRASE },
    );
    this.#hasWallet = true;
    return createWallet.address;
  }

  /** Its admin token. */
  get token(): string {
    return readFileSync(join(this.#options.data, 'admin.token'), 'utf8').trim();
  }

  /** Changes with each life. */
  get url(): string {
    return this.#run.url;
  }

  /** Kills it, also if another caller does so at the moment, and resolves when it serves again. Rejects if it does not. */
  kill(): Promise<void> {
    return (this.#restart ??= this.#killed().then(() => (this.#restart = undefined)));
  }

  /** Resolves when it serves, at once if it does already; rejects if it never will. */
  async ready(): Promise<void> {
    await this.#restart;
  }

  /** Asks it as its operator, again and again while it is away. */
  async ask<Answer>(document: string, variables: Record<string, unknown> = {}): Promise<Answer> {
    for (;;) {
      await this.#restart;
      try {
        return await this.#run.ask<Answer>(document, variables);
      } catch (error) {
        if (error instanceof ClientError || this.#stopped) throw error;
        await delay(20);
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#restart;
    this.#run.kill('SIGTERM');
    await this.#run.ended;
  }

  async #killed(): Promise<void> {
    this.kills++;
    this.#run.kill('SIGKILL');
    await this.#run.ended;
    this.#run = new NodeRun(this.#options);
    if (!(await this.#run.serves)) {
      this.#stopped = true;
      throw new Error(`FAILED RESTART: ${this.#run.lastWords}`);
    }
    if (!this.#hasWallet) return;
    const unlock = 'mutation ($passphrase: String!) { unlockWallet(passphrase: $passphrase) { __typename } }';
    await this.#run.ask(unlock, { passphrase: WALLET_PASSPHRASE });
  }

  get #mines(): boolean {
    return !this.#stopped;
  }

  async #mine(): Promise<void> {
    while (this.#mines) {
      await this.ask('mutation { mineBlocks { __typename } }').catch((error: unknown) => {
        if (this.#mines) this.#report.fellShort(`mining: ${(error as Error).message}`);
      });
      await delay(MINE_EVERY_MS);
    }
  }
}

const MINE_EVERY_MS = 60;
const WALLET_PASSPHRASE = 'campaign wallet';
