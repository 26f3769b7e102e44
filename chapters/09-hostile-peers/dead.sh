# until: by timeout
. chapters/09-hostile-peers/peer.sh
open 3                                                       # and then answers nothing
hear 3
hear 3
