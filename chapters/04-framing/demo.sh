# until: refused
exec 3<>"/dev/tcp/127.0.0.1/$PORT"
sed 's/$/\r/' chapters/03-handshake/browser-request.txt >&3
head -n 5 <&3 >/dev/null                                     # the 101 of lesson 3

printf '\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58' >&3    # text: a masked "Hello"
head -c 7 <&3 | od -An -tx1

printf '\x82\x84\x37\xfa\x21\x3d\x37\x05\xa1\x37' >&3        # binary: 00 ff 80 0a
head -c 6 <&3 | od -An -tx1

{ printf '\x81\xfe\x00\x7e\x20\x20\x20\x20'; printf 'A%.0s' {1..126}; } >&3    # text: 126 times "a"
head -c 130 <&3 | od -An -tx1 | head -n 1

printf '\x89\x80\x37\xfa\x21\x3d' >&3                        # a ping: printed, and not answered yet
printf '\x81\x05Hello' >&3                                   # not masked: no client may do that
cat <&3                                                      # the server ends the connection
