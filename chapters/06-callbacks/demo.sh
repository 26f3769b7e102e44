# until: 1: closed
connect() {                                                  # a peer, as the file descriptor $1
    eval "exec $1<>/dev/tcp/127.0.0.1/$PORT"
    sed 's/$/\r/' chapters/03-handshake/browser-request.txt >&$1
    head -n 5 <&$1 >/dev/null
}
connect 3
connect 4
printf '\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58' >&4    # the second speaks first: "Hello"
head -c 7 <&4 | od -An -tx1
printf '\x81\x83\x37\xfa\x21\x3d\x5f\x93\x00' >&3            # the first: "hi!"
head -c 5 <&3 | od -An -tx1
exec 4>&-                                                    # the second leaves without a word
printf '\x88\x82\x37\xfa\x21\x3d\x34\x12' >&3                # the first closes with 1000
od -An -tx1 <&3
