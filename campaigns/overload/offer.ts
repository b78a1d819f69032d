import { Pool } from 'undici';
import { quantile } from '../attacks/honestClient.js';

/** One request, and what its answer is taken for. */
export interface Offer {
  readonly body: string;
  /** Gets the answer, or undefined if the connection ended without one or with a fault of the node; says what it was. */
  answered(text: string | undefined): 'done' | 'refused' | 'failed';
}

/** What came of offers. */
export interface Served {
  readonly offered: number;
  readonly perSecond: number;
  readonly done: number;
  readonly doneP99Ms: number;
  readonly refused: number;
  readonly refusedP99Ms: number;
  /** Without an answer, or with one that is neither what was wanted nor a refusal for overload. */
  readonly failed: number;
  /** The first of these answers. */
  readonly firstFailure: string | undefined;
}

/** Codes that say: later. */
export const OVERLOAD_CODES = /"code":"(OVERLOADED|RATE_LIMITED|BUSY|MEMPOOL_FULL|TOO_MANY_REQUESTS)"/;

export interface OfferOptions {
  readonly seconds: number;
  readonly perSecond?: number;
  /** Connections; CROWD by default. */
  readonly crowd?: number;
}

/** Connections of a crowd of clients, each of which waits for one answer. */
const CROWD = 2_048;

/**
 * Makes offers for so many seconds: `perSecond` whatever the answers do, or, without it, as fast as 64 connections are answered. While all
 * of the crowd waits for answers nothing is offered: an offer that waits in this process would say nothing of the node. The crowd is
 * connected before the clock starts: of a thousand that connect at once, the last would wait for the others, whatever it asks for.
 */
export async function offer(
  origin: string,
  { seconds, perSecond, crowd = CROWD }: OfferOptions,
  next: () => Offer | undefined,
): Promise<Served> {
  const pool = new Pool(origin, { connections: perSecond === undefined ? 64 : crowd, pipelining: 1 });
  const [done, refused]: number[][] = [[], []];
  let [offered, failed] = [0, 0];
  let firstFailure: string | undefined;
  if (perSecond !== undefined) {
    const greet = async () => (await pool.request({ path: '/healthz', method: 'GET' })).body.dump();
    await Promise.all(Array.from({ length: crowd }, greet));
  }
  const started = performance.now();
  let underWay = 0;
  const send = async (): Promise<void> => {
    const one = next();
    if (!one) return;
    offered++;
    underWay++;
    const sent = performance.now();
    let text: string | undefined;
    let reason = '';
    try {
      const { statusCode, body } = await pool.request({
        path: '/graphql',
        method: 'POST',
        headers: JSON_TYPE,
        body: one.body,
      });
      text = await body.text();
      if (statusCode >= 500 && !text.includes('"OVERLOADED"')) {
        reason = `HTTP ${statusCode}: ${text}`;
        text = undefined;
      }
    } catch (error) {
      reason = (error as Error).message;
    }
    underWay--;
    const took = performance.now() - sent;
    const what = one.answered(text);
    if (what === 'done') done!.push(took);
    else if (what === 'refused') refused!.push(took);
    else {
      failed++;
      firstFailure ??= text ?? reason;
    }
  };
  const passed = (): number => (performance.now() - started) / 1_000;
  if (perSecond === undefined) {
    const lane = async (): Promise<void> => {
      while (passed() < seconds) await send();
    };
    await Promise.all(Array.from({ length: 64 }, lane));
  } else {
    const sent: Promise<void>[] = [];
    for (let due = 0; passed() < seconds;) {
      const now = Math.floor(passed() * perSecond);
      for (; due < now; due++) if (underWay < crowd) sent.push(send());
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await Promise.all(sent);
  }
  const took = passed();
  await pool.destroy();
  const p99 = (times: number[]): number =>
    quantile(
      times.sort((one, other) => one - other),
      0.99,
    );
  return {
    offered,
    perSecond: done!.length / took,
    done: done!.length,
    doneP99Ms: p99(done!),
    refused: refused!.length,
    refusedP99Ms: p99(refused!),
    failed,
    firstFailure,
  };
}

const JSON_TYPE = { 'content-type': 'application/json' };
