import { fromHex } from '../../src/crypto/bytes.js';
import { readVectors } from './vectorFiles.js';

/** A signature and the verdict of the rule of docs/protocol.md. */
export interface SignatureCase {
  readonly name: string;
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly accepted: boolean;
}

/** A file of signatures, how many it holds and how many of them the rule accepts. */
export interface SignatureSet {
  readonly file: string;
  readonly cases: number;
  readonly accepted: number;
  read(): SignatureCase[];
}

/** Every set there is: RFC 8032 and the differential one are in the repository, the others beside it if at all. */
export const SIGNATURE_SETS: readonly SignatureSet[] = [
  set('rfc8032.json', 5, 5, (text) => {
    type Vector = Record<'name' | 'publicKey' | 'message' | 'signature', string>;
    const { tests } = JSON.parse(text) as { tests: Vector[] };
    return tests.map((test) => hexCase(test.name, test.publicKey, test.message, test.signature, true));
  }),
  set('ref10_sign_input_1024.txt', 1_024, 1_024, (text) =>
    text
      .trim()
      .split('\n')
      .map((line, index) => {
        const [, publicKey, message, signed] = line.split(':') as [string, string, string, string];
        return hexCase(`line ${index + 1}`, publicKey, message, signed.slice(0, 128), true);
      }),
  ),
  set('wycheproof_ed25519_test.json', 151, 88, (text) => {
    type Test = Record<'msg' | 'sig' | 'result', string> & { readonly tcId: number };
    const { testGroups } = JSON.parse(text) as { testGroups: { publicKey: { pk: string }; tests: Test[] }[] };
    return testGroups.flatMap(({ publicKey, tests }) =>
      tests.map(({ tcId, msg, sig, result }) => hexCase(`test ${tcId}`, publicKey.pk, msg, sig, result === 'valid')),
    );
  }),
  set('speccheck_cases.json', 12, 1, (text) =>
    (JSON.parse(text) as Record<'message' | 'pub_key' | 'signature', string>[]).map((item, index) =>
      hexCase(`case ${index}`, item.pub_key, item.message, item.signature, index === 3),
    ),
  ),
  set('zip215_noble.json', 196, 0, (text) =>
    (JSON.parse(text) as Record<'vk_bytes' | 'sig_bytes', string>[]).map(({ vk_bytes, sig_bytes }, index) =>
      hexCase(`case ${index}`, vk_bytes, utf8Hex('Zcash'), sig_bytes, false),
    ),
  ),
  set('cctv_ed25519vectors.json', 914, 43, (text) => {
    type Vector = Record<'key' | 'sig' | 'msg', string> & { readonly number: number; readonly flags: string[] | null };
    // Under these flags the strict rule refuses, or only the cofactored equation holds.
    const refused = ['low_order_A', 'low_order_R', 'non_canonical_A', 'non_canonical_R', 'low_order_residue'];
    return (JSON.parse(text) as Vector[]).map(({ number, key, sig, msg, flags }) => {
      const accepted = !(flags ?? []).some((flag) => refused.includes(flag));
      return hexCase(`vector ${number}`, key, utf8Hex(msg), sig, accepted);
    });
  }),
  set('differential.txt', 2_000, 232, (text) =>
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line, index) => {
        const [publicKey, signature, message, verdicts, ...words] = line.split(' ') as [string, string, string, string];
        const hex = (field: string) => (field === '-' ? '' : field);
        const accepted = verdicts.endsWith('+');
        return hexCase(`case ${index}, ${words.join(' ')}`, hex(publicKey), hex(message), hex(signature), accepted);
      }),
  ),
];

function set(file: string, cases: number, accepted: number, parse: (text: string) => SignatureCase[]): SignatureSet {
  return { file, cases, accepted, read: () => parse(readVectors(file)) };
}

function hexCase(
  name: string,
  publicKey: string,
  message: string,
  signature: string,
  accepted: boolean,
): SignatureCase {
  return {
    name,
    publicKey: fromHex(publicKey),
    message: fromHex(message),
    signature: fromHex(signature),
    accepted,
  };
}

function utf8Hex(text: string): string {
  return Buffer.from(text).toString('hex');
}
