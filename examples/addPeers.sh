#!/usr/bin/env bash
# Adds peers to a node, one URL a line on standard input; skips blank lines and lines that begin with #. Safe to run again.
# Prints the result for each; tries them all, then exits with 1 if one was refused.
#
#   TOKEN=$(cat ~/.corrente/development/admin.token) examples/addPeers.sh http://127.0.0.1:4000/graphql < peers.txt
set -euo pipefail
NODE=${1:?usage: TOKEN=… $0 URL < peers}
: "${TOKEN:?expected the admin token of the node, from admin.token in its data folder}"
query=$(dirname "$0")/addPeer.graphql
failed=0
# The last line may lack a line break, and files from Windows end lines with CR LF.
while read -r url || [ -n "$url" ]; do
  url=${url%$'\r'}
  case $url in '' | '#'*) continue ;; esac
  # The token goes through a file: every process can read the arguments of others.
  answer=$(python3 -c 'import json, sys; print(json.dumps({"query": open(sys.argv[1]).read(), "variables": {"url": sys.argv[2]}}))' "$query" "$url" |
    curl --silent --show-error --max-time 30 "$NODE" -H 'content-type: application/json' \
      -H @<(printf 'authorization: Bearer %s\n' "$TOKEN") --data @-)
  python3 - "$url" "$answer" <<'PY' || failed=1
import json, sys
url, answer = sys.argv[1], json.loads(sys.argv[2])
if answer.get('errors'): sys.exit(f"refused    {url}  {answer['errors'][0]['extensions']['code']}: {answer['errors'][0]['message']}")
peer = answer['data']['addPeer']
print(f"{peer['status'].lower():<11}{peer['url']}")
PY
done
exit "$failed"
