# arguments: chapters/07-push/web 0
connect() {                                                  # a reader that has all notes up to $1
    exec 3<>"/dev/tcp/127.0.0.1/$PORT"
    sed "s/$/\r/; s,GET / ,GET /?since=$1 ," chapters/03-handshake/browser-request.txt >&3
    for line in 1 2 3 4 5; do read -r <&3; done
}
note() { curl -s -X POST "http://127.0.0.1:$PORT/news?text=$1" -o /dev/null; }

connect 0
note one
head -c 22 <&3 | tail -c +3                                  # told; the first two bytes are the frame's header
exec 3>&-                                                    # the connection is lost
note two
note three
connect 1                                                    # back again, and the last note it had was 1
head -c 44 <&3 | tail -c +3
