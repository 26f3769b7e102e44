# arguments: chapters/02-long-poll/web 1
news() { curl -s -H @chapters/01-polling/browser.headers "http://127.0.0.1:$PORT/news?since=$1"; }

news 0 &                                                     # asks, and waits
curl -s -X POST "http://127.0.0.1:$PORT/news?text=tea+is+ready" -o /dev/null
wait                                                         # until the answer is here
curl -s "http://127.0.0.1:$PORT/cost"

news 1; news 1; news 1                                       # a second each, and nothing is new
curl -s "http://127.0.0.1:$PORT/cost"
