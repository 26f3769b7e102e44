# until: the peer has left
exec 3<>"/dev/tcp/127.0.0.1/$PORT"                           # a TCP connection
sed 's/$/\r/' chapters/03-handshake/browser-request.txt >&3  # HTTP ends its lines with CR LF
head -n 5 <&3
printf '\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58' >&3    # a frame: a masked "Hello"
exec 3>&-
