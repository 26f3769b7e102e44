# until: in time
. chapters/09-hostile-peers/peer.sh
connect 3                                                    # says nothing at all
connect 4                                                    # says what it wants, a byte now and then
printf 'GET / HTTP/1.1\r\nX-Slow: ' >&4
until read -t 0.2 -r answer <&4; do printf 'z' >&4; done
echo "peer 4 hears '${answer%$'\r'}'"
echo "peer 3 hears '$(cat <&3)'"
