"""Python's standard library against a node. Prints status and body of each answer, then the first event of a subscription."""
import gzip
import http.client
import json
import sys
import urllib.parse
import urllib.request

url = sys.argv[1]
query = "{ chain { height } }"
body = json.dumps({"query": query}).encode()
plain = {"content-type": "application/json"}

for request in (
    urllib.request.Request(url, body, plain),
    urllib.request.Request(url, gzip.compress(body), {**plain, "content-encoding": "gzip"}),
    urllib.request.Request(url + "?" + urllib.parse.urlencode({"query": query})),
    urllib.request.Request(url + "?" + urllib.parse.urlencode({"query": query}), method="HEAD"),
):
    with urllib.request.urlopen(request) as answer:
        print(answer.status, answer.read().decode().strip())

connection = http.client.HTTPConnection(urllib.parse.urlparse(url).netloc)
subscription = {"query": "subscription { blockAdded(afterHeight: -1) { height } }"}
connection.request("POST", "/graphql/stream", json.dumps(subscription), plain)
for line in connection.getresponse():
    if line.startswith(b"data:"):
        print(line.decode().strip())
        break
