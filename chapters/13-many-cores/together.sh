# arguments: --work 20000
connect() {                                                  # a peer, as the file descriptor $1
    eval "exec $1<>/dev/tcp/127.0.0.1/$PORT"
    sed 's/$/\r/' chapters/03-handshake/browser-request.txt >&$1
    head -n 5 <&$1 >/dev/null
}
connect 3
connect 4
until curl -s "http://127.0.0.1:$PORT/loops" | grep "at a time: 2"; do
    for peer in 3 4; do printf '\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58' >&$peer; done    # "Hello"
    for peer in 3 4; do head -c 30 <&$peer >/dev/null; done  # the answer: a header of two bytes and the digest
done
