# until: 1: close
exec 3<>"/dev/tcp/127.0.0.1/$PORT"
sed 's/$/\r/' chapters/03-handshake/browser-request.txt >&3
head -n 5 <&3 >/dev/null                                     # the 101 of lesson 3

printf '\x01\x83\x37\xfa\x21\x3d\x7f\x9f\x4d' >&3            # text without FIN: "Hel"
printf '\x89\x84\x37\xfa\x21\x3d\x43\x93\x42\x56' >&3        # a ping: "tick"
head -c 6 <&3 | od -An -tx1

printf '\x80\x82\x37\xfa\x21\x3d\x5b\x95' >&3                # a continuation with FIN: "lo"
head -c 7 <&3 | od -An -tx1

printf '\x88\x85\x37\xfa\x21\x3d\x34\x12\x43\x44\x52' >&3    # close: 1000, "bye"
od -An -tx1 <&3                                              # until the server ends the connection
