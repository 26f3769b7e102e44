connect() {                                                  # a peer, as the file descriptor $1
    eval "exec $1<>/dev/tcp/127.0.0.1/$PORT"
    sed 's/$/\r/' chapters/03-handshake/browser-request.txt >&$1
    head -n 5 <&$1 >/dev/null
}
for peer in 3 4 5 6 7; do connect $peer; done
for peer in 3 4 5 6 7; do
    printf '\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58' >&$peer    # "Hello"
    head -c 7 <&$peer >/dev/null
done
curl -s "http://127.0.0.1:$PORT/loops" | head -n 2
