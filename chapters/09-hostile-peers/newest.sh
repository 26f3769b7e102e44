. chapters/09-hostile-peers/peer.sh
open 3                                                       # reads nothing for now
open 4                                                       # asks for news, and reads what it gets
for news in {1..100}; do
    printf '\x81\x84\x00\x00\x00\x00news' >&4
    head -c $((10 + 65536 + 18)) <&4 >/dev/null
done
echo "the last that peer 3 hears is $(timeout 2 cat <&3 | grep -ao 'news [0-9]*' | tail -n 1)"
