. chapters/09-hostile-peers/peer.sh
open 3
frame 3 '\x01' 'to be continued'                             # FIN is 0, and no other fragment follows
hear 3
