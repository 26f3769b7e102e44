. chapters/09-hostile-peers/peer.sh
open 3
frame 3 '\x88' '\x03\xe8'                                    # close 1000
hear 3
hear 3                                                       # the server has said all, and so have we: but
stats open                                                   # we keep our end, and this question makes two
until stats open | grep '^open 1$'; do sleep 0.1; done
