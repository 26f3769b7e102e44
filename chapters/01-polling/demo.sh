# A reader as a browser sees one: its header fields are those that Chromium sends.
news() { curl -s -H @chapters/01-polling/browser.headers "http://127.0.0.1:$PORT/news?since=$1"; }

for second in 1 2 3 4 5 6 7 8 9 10; do news 0; done    # ten questions, and nothing is new
curl -s "http://127.0.0.1:$PORT/cost"

curl -s -X POST "http://127.0.0.1:$PORT/news?text=tea+is+ready"
news 0
news 1
curl -s "http://127.0.0.1:$PORT/cost"
