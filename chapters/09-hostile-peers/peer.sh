# A peer to type by hand: `. chapters/09-hostile-peers/peer.sh`, and then one of these. $1 names the peer: 3, 4 …
connect() { eval "exec $1<>/dev/tcp/127.0.0.1/${PORT:-9504}"; }    # to the server, and no more

open() {                                      # performs the handshake, with the key of RFC 6455 §1.3, and is greeted
    connect "$1"
    printf '%s\r\n' 'GET / HTTP/1.1' 'Host: 127.0.0.1' 'Connection: Upgrade' 'Upgrade: websocket' \
        'Sec-WebSocket-Version: 13' 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' '' >&"$1"
    for line in 1 2 3 4 5; do read -r <&"$1"; done
    hear "$1" >/dev/null
}

frame() {                                     # sends a frame: $2 its first byte, $3 its payload, for printf
    printf "$2\\x$(printf %x $((0x80 + $(printf "$3" | wc -c))))\\x00\\x00\\x00\\x00$3" >&"$1"
}

hear() {                                      # waits for the next frame and says what it is
    local first length code reason
    read -r first length < <(head -c 2 <&"$1" | od -An -tx1) || { echo 'the end'; return 0; }
    case $first in
        81) echo "text: $(head -c $((0x$length)) <&"$1")" ;;
        88) code=$((0x$(head -c 2 <&"$1" | od -An -tx1 | tr -d ' ')))
            reason=$(head -c $((0x$length - 2)) <&"$1")
            echo "close $code${reason:+: $reason}" ;;
        89) echo 'ping' ;;
    esac
}

stats() {                                     # what the server has counted: the lines that begin with $1
    connect 9
    printf 'GET /stats HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n' >&9
    grep "^$1" <&9
    exec 9>&-
}
