# arguments: chapters/10-chat-room/web
enter() {                                                    # as $2, with all that was said
    sed "s/$/\r/; s,GET / ,GET /?room=tea\&name=$2\&key=k\&since=0 ," chapters/03-handshake/browser-request.txt >&"$1"
    for line in 1 2 3 4 5; do read -r <&"$1"; done
}
heard() { head -c "$2" <&"$1" | tail -c +3; }                # a frame of $2 bytes, without the two of its header

exec 3<>"/dev/tcp/127.0.0.1/$PORT"
enter 3 Ann
heard 3 11
printf '\x81\x86\x00\x00\x00\x00typing' >&3
heard 3 13
printf '\x81\x8a\x00\x00\x00\x00say hello!' >&3
heard 3 35

exec 4<>"/dev/tcp/127.0.0.1/$PORT"
enter 4 Bob
heard 4 35
heard 4 15
