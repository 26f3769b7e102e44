# until: client 1 closed
exec 3<>"/dev/tcp/127.0.0.1/$PORT"
sed 's/$/\r/; s,GET / ,GET /?from=the+terminal ,' chapters/03-handshake/browser-request.txt >&3
for line in 1 2 3 4 5; do read -r <&3; done                  # the 101 of lesson 3
head -c 2 <&3 | od -An -tx1                                  # the greeting: its header
head -c 27 <&3                                               # and its payload

printf '\x81\x85\x37\xfa\x21\x3d\x5f\x9f\x4d\x51\x58' >&3    # "hello"
head -c 2 <&3 | od -An -tx1
head -c 16 <&3; echo

printf '\x88\x82\x37\xfa\x21\x3d\x34\x12' >&3                # close: 1000
od -An -tx1 <&3
