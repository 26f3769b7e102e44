. chapters/09-hostile-peers/peer.sh
open 3                                                       # reads nothing from now on
open 4                                                       # asks for news, and reads what it gets
until stats skipped | grep -q '[1-9]'; do
    for news in {1..10}; do
        printf '\x81\x84\x00\x00\x00\x00news' >&4
        head -c $((10 + 65536 + 18)) <&4 >/dev/null          # the news, and the answer of the tutorial server
    done
done
exec 5< <(tail -c 39 <&3)                                    # now peer 3 reads, to the end
hear 5                                                       # of all that, the last 39 bytes are a close frame
