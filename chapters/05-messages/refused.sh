# until: refused
exec 3<>"/dev/tcp/127.0.0.1/$PORT"
sed 's/$/\r/' chapters/03-handshake/browser-request.txt >&3
head -n 5 <&3 >/dev/null

printf '\x01\x83\x37\xfa\x21\x3d\x7f\x3a\x8e' >&3            # text without FIN: 48 c0 af
head -c 4 <&3 | od -An -tx1                                  # close, its length, the code 1007
cat <&3                                                      # and the reason
