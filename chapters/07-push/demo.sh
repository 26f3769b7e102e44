# arguments: chapters/07-push/web 0
exec 3<>"/dev/tcp/127.0.0.1/$PORT"                           # a reader, with the request of a browser
sed 's/$/\r/; s,GET / ,GET /?since=0 ,' chapters/03-handshake/browser-request.txt >&3
head -n 5 <&3 >/dev/null
curl -s "http://127.0.0.1:$PORT/cost"

curl -s -X POST "http://127.0.0.1:$PORT/news?text=tea+is+ready"
head -c 2 <&3 | od -An -tx1                                  # the header of the frame that the reader gets
head -c 29 <&3                                               # and its payload
curl -s "http://127.0.0.1:$PORT/cost"
