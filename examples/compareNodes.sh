#!/usr/bin/env bash
# Do these nodes agree? Prints the tip of each; exits with 0 only if all are on one chain, that is, if all have the same block at the
# lowest of their heights.
#
#   examples/compareNodes.sh http://127.0.0.1:4001/graphql http://127.0.0.1:4002/graphql …
set -euo pipefail
folder=$(dirname "$0")
[ $# -ge 2 ] || { echo "usage: $0 URL URL…" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Asks all nodes at once about a height; the answers lie in $work/1, $work/2, …
ask() {
  python3 -c 'import json, sys; print(json.dumps({"query": open(sys.argv[1]).read(), "variables": {"height": int(sys.argv[2])}}))' \
    "$folder/compareNodes.graphql" "$1" > "$work/request"
  shift
  local number=0 jobs=()
  for url in "$@"; do
    number=$((number + 1))
    curl --silent --show-error --fail-with-body --max-time 10 "$url" -H 'content-type: application/json' \
      --data "@$work/request" > "$work/$number" &
    jobs+=($!)
  done
  for job in "${jobs[@]}"; do wait "$job"; done
}

ask 0 "$@"
lowest=$(python3 -c 'import json, sys; print(min(json.load(open(name))["data"]["chain"]["height"] for name in sys.argv[1:]))' "$work"/[0-9]*)
ask "$lowest" "$@"
python3 - "$lowest" "$work" "$@" <<'PY'
import json, sys
lowest, work, *urls = sys.argv[1:]
blocks = set()
for number, url in enumerate(urls, 1):
    data = json.load(open(f'{work}/{number}'))['data']
    info, chain = data['nodeInfo'], data['chain']
    print(f"{url}  height {chain['height']}  work {chain['work']}  tip {chain['tip']['hash'][:16]}  {info['sync']['status']}")
    blocks.add((info['chainId'], data['block'] and data['block']['hash']))
agree = len(blocks) == 1
print(f"{'agree' if agree else 'DIFFER'} at height {lowest}")
sys.exit(0 if agree else 1)
PY
