#!/usr/bin/env bash
# Builds, signs and sends one transfer with curl, openssl and Python's standard library, from docs/protocol.md alone.
#
#   examples/send.sh [RECIPIENT [AMOUNT]]      amount in base units, 1 coin = 10^8
#
# It spends from development account 0, so it works on a development network only. NODE is the node's GraphQL address.
set -euo pipefail
NODE=${NODE:-http://127.0.0.1:4000/graphql}
RECIPIENT=${1:-}
AMOUNT=${2:-150000000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ask() { curl --silent --show-error --fail-with-body --max-time 10 "$NODE" -H 'content-type: application/json' --data "$1"; }
field() { python3 -c 'import functools, json, sys
answer = json.load(sys.stdin)
if answer.get("errors"): sys.exit(answer["errors"][0]["message"])
print(functools.reduce(lambda value, name: value[name], sys.argv[1].split("."), answer["data"]))' "$1"; }

# 1. The key: the seed of development account N is SHA-256 of a text; wrapped as PKCS#8 (RFC 8410) so that openssl can read it.
key() {
  printf '302e020100300506032b657004220420%s' "$(printf 'corrente/development/%s' "$1" | openssl dgst -sha256 -r | cut -c1-64)" |
    python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))' |
    openssl pkey -inform DER
}
public() { openssl pkey -in "$1" -pubout -outform DER | tail -c 32 | od -An -v -tx1 | tr -d ' \n'; }
key 0 > "$work/sender.pem"
key 1 > "$work/recipient.pem"

# 2. Addresses: bech32m (BIP 350) of the public key.
cat > "$work/bech32m.py" <<'PY'
import sys
CHARSET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
def checksum(words):
    value = 1
    for word in words:
        top = value >> 25
        value = (value & 0x1ffffff) << 5 ^ word
        for bit, generator in enumerate((0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3)):
            value ^= generator if top >> bit & 1 else 0
    return value ^ 0x2bc830a3
def expand(prefix): return [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
def encode(prefix, key):
    bits = int.from_bytes(key, 'big') << 4
    words = [bits >> shift & 31 for shift in range(255, -1, -5)]
    check = checksum(expand(prefix) + words + [0] * 6)
    return prefix + '1' + ''.join(CHARSET[w] for w in words + [check >> shift & 31 for shift in range(25, -1, -5)])
def decode(text):
    prefix, data = text.rsplit('1', 1)
    words = [CHARSET.index(c) for c in data]
    if checksum(expand(prefix) + words) != 0: sys.exit('checksum: ' + text)
    value = 0
    for word in words[:-6]: value = value << 5 | word
    return (value >> 4).to_bytes(32, 'big')
if sys.argv[1] == 'encode': print(encode('cordev', bytes.fromhex(sys.argv[2])))
else: print(decode(sys.argv[2]).hex())
PY
sender=$(python3 "$work/bech32m.py" encode "$(public "$work/sender.pem")")
RECIPIENT=${RECIPIENT:-$(python3 "$work/bech32m.py" encode "$(public "$work/recipient.pem")")}
recipient_key=$(python3 "$work/bech32m.py" decode "$RECIPIENT")

# 3. From the chain, the payload needs its id and the sender's next nonce.
chain_id=$(ask '{"query":"{ chain { id } }"}' | field chain.id)
nonce=$(ask "{\"query\":\"{ balance(address: \\\"$sender\\\") { nextNonce } }\"}" | field balance.nextNonce)

# 4. The payload, byte by byte as in docs/protocol.md, and its signature.
python3 - "$chain_id" "$(public "$work/sender.pem")" "$recipient_key" "$AMOUNT" "$nonce" > "$work/payload" <<'PY'
import sys
chain, sender, recipient, amount, nonce = sys.argv[1:]
u64 = lambda number: int(number).to_bytes(8, 'big')
memo = 'from a shell script'.encode()
sys.stdout.buffer.write(b'corrente/transaction/v1\0' + bytes.fromhex(chain + sender + recipient)
                        + u64(amount) + u64(0) + u64(nonce) + bytes([len(memo)]) + memo)
PY
openssl pkeyutl -sign -inkey "$work/sender.pem" -rawin -in "$work/payload" -out "$work/signature"
signature=$(od -An -v -tx1 "$work/signature" | tr -d ' \n')
echo "id         $(openssl dgst -sha256 -r "$work/payload" | cut -c1-64)"

# 5. Send it; `deliveries` makes the node wait for its peers' answers and report them.
cat > "$work/request" <<JSON
{"query":"mutation (\$t: AddTransactionInput!) { addTransaction(transaction: \$t) { __typename ... on TransactionAccepted { alreadyKnown transaction { id } deliveries { outcome peer { url } } } ... on Rejected { code message } } }",
 "variables":{"t":{"sender":"$sender","recipient":"$RECIPIENT","amount":"$AMOUNT","nonce":"$nonce","memo":"from a shell script","signature":"$signature"}}}
JSON
answer=$(ask "@$work/request")
echo "answer     $answer"
[ "$(printf '%s' "$answer" | field addTransaction.__typename)" = TransactionAccepted ]
